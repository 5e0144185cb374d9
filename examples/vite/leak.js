// What nobody would do on purpose: the password, encoded, in code for the browser.
document.title = import.meta.env.VITE_LEAK;
