// The hall's screen fetches itself anew; nothing else of it changes, so it does not flicker.
import { keepCounting } from './ballot_count.js';

const screen = document.querySelector('[data-screen]');
const EVERY = 4000;

async function renew() {
  try {
    const answer = await fetch(screen.dataset.screen, { cache: 'no-store' });
    if (answer.ok && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const fresh = page.getElementById('main');
      const old = document.getElementById('main');
      if (fresh && fresh.innerHTML !== old.innerHTML) old.replaceWith(fresh);
    }
  } catch { /* the network is back at the next turn */ }
  window.setTimeout(renew, EVERY);
}

keepCounting();
if (screen) window.setTimeout(renew, EVERY);
