/** This package's version: set by the build from package.json. */
declare const __BLACKBOX_VERSION__: string | undefined;

export const version = typeof __BLACKBOX_VERSION__ === 'string' ? __BLACKBOX_VERSION__ : '0.0.0-source';
