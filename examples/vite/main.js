document.title = `talks to ${import.meta.env.VITE_API_URL}`;
