/** What a path says about the file. */

const words =
  'tests?|specs?|__tests__|__mocks__|__fixtures__|__snapshots__|fixtures?|mocks?|mocked|stubs?|testdata|test-data|test_data|testing|e2e|cypress|playwright|stories|snapshots?|examples?|samples?|demos?|dummy|sandbox';
const testPath = new RegExp(`(?:^|[/._-])(?:${words})(?:$|[/._-])`, 'i');
/** As tests are named in Java, C# and Swift. */
const testClass = /(?<=[a-z0-9])(?:Tests?|Specs?|TestCase|IT)\.[A-Za-z]{1,6}$/;

/** Where made-up secrets are at home: tests, fixtures, examples. */
export function isTestLike(path: string): boolean {
  return testPath.test(path) || testClass.test(path);
}

const lockFiles = new Set(
  `package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb deno.lock composer.lock cargo.lock poetry.lock
  pipfile.lock uv.lock pdm.lock gemfile.lock go.sum go.work.sum flake.lock mix.lock pubspec.lock podfile.lock package.resolved
  packages.lock.json paket.lock project.assets.json gradle.lockfile .terraform.lock.hcl conan.lock cabal.project.freeze stack.yaml.lock
  module.bazel.lock pixi.lock buf.lock chart.lock elm-stuff shrinkwrap.yaml`.split(/\s+/),
);

/** Lists of digests, which a package manager writes, or this program. */
export function isLockFile(path: string): boolean {
  if (path === '.blackbox/allowed') return true;
  return lockFiles.has(path.slice(path.lastIndexOf('/') + 1).toLowerCase());
}
