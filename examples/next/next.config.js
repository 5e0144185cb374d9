// The package is loaded by Node.js itself, and not put into a bundle.
export default { serverExternalPackages: ['blackbox-ts'] };
