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

/** See {@link Host.watch}. It does not keep the process alive. */
function watchFolder(folder: string, onEvent: () => void): () => void {
  let stop: () => void = () => undefined;
  const instead = () => {
    stop();
    stop = poll(folder, onEvent);
  };
  try {
    const watcher: FSWatcher = watch(folder, { persistent: false }, onEvent);
    stop = () => watcher.close();
    watcher.on('error', instead);
  } catch {
    instead();
  }
  return () => stop();
}

export function watchFolders(folders: readonly string[], onEvent: () => void): () => void {
  const stops = folders.map((folder) => watchFolder(folder, onEvent));
  return () => {
    for (const stop of stops) stop();
  };
}
