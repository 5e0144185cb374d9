/** Git, as {@link GitPort} and {@link Git} promise it. */
import { eachBlob } from './git/blob-stream.js';
import { blobs } from './git/blobs.js';
import { changes } from './git/changes.js';
import { setConfig } from './git/config.js';
import { commitsWith, head, history, lastChange, past, pathChanges } from './git/history.js';
import { runHooks } from './git/hook.js';
import { fileAt, idsOf, messages, refTips, tagged, tree, unpublished } from './git/messages.js';
import { config, hasCommits, hooksFolder, ignored, staged, tracked, trackedEntries, version } from './git/questions.js';
import { bareAt, findRepository, tipAt } from './git/repository.js';
import { gitCall } from './git/run.js';
import { stage, unstage } from './git/staging.js';
import type { Env, Git, GitPort, Repository } from './types.js';

export function nodeGit(env: Env, cwd: string): GitPort {
  return {
    find: (folder) => findRepository(folder, env, cwd),
    findBare: (folder) => bareAt(folder),
    open: (repository) => openGit(repository, env, cwd),
  };
}

function openGit(repository: Repository, env: Env, cwd: string): Git {
  const call = gitCall(repository, env, cwd);
  return {
    staged: () => staged(call),
    changes: (revisions) => changes(call, revisions),
    messages: (revisions) => messages(call, revisions),
    tagged: (oids) => tagged(call, oids),
    refTips: () => refTips(call),
    unpublished: (commits) => unpublished(call, commits),
    fileAt: (revision, path) => fileAt(call, revision, path),
    tree: (revision, folder) => tree(call, revision, folder),
    idsOf: (names) => idsOf(call, names),
    blobs: (oids, onBlob, limit) => blobs(call, oids, onBlob, limit),
    eachBlob: (oids, onBlob, limit) => eachBlob(call, oids, onBlob, limit),
    tracked: (paths) => tracked(call, paths),
    trackedEntries: (paths) => trackedEntries(call, paths),
    commitsWith: (path, limit) => commitsWith(call, path, limit),
    lastChange: (path) => lastChange(call, path),
    history: (path, from) => history(call, path, from),
    pathChanges: (revisions, patterns) => pathChanges(call, revisions, patterns),
    past: (patterns, since) => past(call, patterns, since, tipAt(repository)),
    hasCommits: () => tipAt(repository) !== null || hasCommits(call),
    head: () => head(call),
    ignored: (paths) => ignored(call, paths),
    stage: (paths) => stage(call, paths),
    unstage: (paths) => unstage(call, paths),
    config: (key) => config(call, key),
    setConfig: (key, value) => setConfig(call, key, value),
    hooksFolder: () => hooksFolder(call),
    runHooks: (staged, work) => runHooks(call, staged, () => hooksFolder(call), work),
    version: () => version(call),
  };
}
