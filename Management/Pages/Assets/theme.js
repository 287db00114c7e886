// Before anything is drawn, so that no page flashes in the other theme. The choice is all that is ever stored.
const chosen = localStorage.getItem('theme');
if (chosen === 'light' || chosen === 'dark') {
  document.documentElement.dataset.theme = chosen;
}
