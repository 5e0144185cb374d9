/** Being told of changes in folders: of folders, as files are replaced by renaming others over them. */
import type { FSWatcher } from 'node:fs';
import { statSync, watch } from 'node:fs';

/** Where the system cannot tell (too many watches, a network file system that says so), it is asked this often. */
const pollTime = 2000;

function poll(folder: string, onEvent: () => void): () => void {
  const look = () => {
    try {
      return statSync(folder).mtimeMs;
    } catch {
      return 0;
    }
  };
  let last = look();
  const timer = setInterval(() => {
    const now = look();
    if (now !== last) onEvent();
    last = now;
  }, pollTime);
  timer.unref();
  return () => clearInterval(timer);
}

interface Watched {
  /** Another folder may have come into its place, of which the system tells nothing. */
  renew(): void;
  stop(): void;
}

/** A folder's identity; '' where none is. */
function identityOf(folder: string): string {
  try {
    const { dev, ino } = statSync(folder);
    return `${dev} ${ino}`;
  } catch {
    return '';
  }
}

function watchFolder(folder: string, onEvent: () => void): Watched {
  let end: () => void = () => undefined;
  let identity = '';
  const instead = () => {
    end();
    end = poll(folder, onEvent);
  };
  const begin = () => {
    identity = identityOf(folder);
    try {
      const watcher: FSWatcher = watch(folder, { persistent: false }, onEvent);
      end = () => watcher.close();
      watcher.on('error', instead);
    } catch {
      instead();
    }
  };
  begin();
  return {
    renew: () => {
      if (identityOf(folder) === identity) return;
      end();
      begin();
    },
    stop: () => end(),
  };
}

/** See {@link Host.watch}. It does not keep the process alive. */
export function watchFolders(folders: readonly string[], onEvent: () => void): () => void {
  const all: Watched[] = [];
  const told = () => {
    for (const one of all) one.renew();
    onEvent();
  };
  for (const folder of folders) all.push(watchFolder(folder, told));
  return () => {
    for (const one of all) one.stop();
  };
}
