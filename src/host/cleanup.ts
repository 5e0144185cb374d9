/**
 * What must be undone when the program ends, however it ends: temporary files, locks, private folders.
 * SIGKILL cannot be caught; for that there are the journal, the lock's process id and the sweep of private folders.
 */

type Undo = () => void;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const pending = new Set<Undo>();
let held = 0;
let handingOn = 0;
let listening = false;

/** Runs `undo` on exit and on deadly signals, until the answer is called. `undo` must be synchronous and may run when half the work is done. */
export function atEnd(undo: Undo): () => void {
  pending.add(undo);
  listen();
  return () => {
    pending.delete(undo);
    rest();
  };
}

/** While another program owns the terminal (an editor), Ctrl-C is for that program. Returns what ends the hold. */
export function holdInterrupts(): () => void {
  held++;
  listen();
  let over = false;
  return () => {
    if (over) return;
    over = true;
    held--;
    rest();
  };
}

/** While a program of the user's runs in our place: signals are handed on to it, and we end when it does. Returns what ends the hold. */
export function holdSignals(): () => void {
  handingOn++;
  return () => {
    handingOn--;
  };
}

function listen(): void {
  if (listening) return;
  listening = true;
  process.on('exit', undoAll);
  for (const signal of signals) process.on(signal, onSignal);
}

// Without work to protect, signals have their ordinary effect, at once.
function rest(): void {
  if (!listening || pending.size > 0 || held > 0) return;
  listening = false;
  process.removeListener('exit', undoAll);
  for (const signal of signals) process.removeListener(signal, onSignal);
}

function undoAll(): void {
  for (const undo of [...pending].reverse()) {
    pending.delete(undo);
    try {
      undo();
    } catch {
      // One failure must not keep the others from being undone, and nobody is left to tell.
    }
  }
}

// The signal is raised again with its default effect, so that the parent sees how we ended. A listener of somebody else decides for itself.
function onSignal(signal: NodeJS.Signals): void {
  if (handingOn > 0 || (held > 0 && signal === 'SIGINT')) return;
  undoAll();
  held = 0;
  rest();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
