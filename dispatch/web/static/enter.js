// A person is not asked twice: the link is spent as soon as a real browser shows the page.
// Messengers that look at a link to draw its preview run no script, and spend nothing.

document.getElementById("enter")?.requestSubmit();
