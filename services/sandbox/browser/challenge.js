/** The bank's question of 3-D Secure, as a dialog inside the page. */

import { CHALLENGE_LOOK, dress, made, shadowed } from './look.js';
import { moneyIn } from './words.js';

/** Asks, and answers `complete` or `fail` once somebody has chosen; to leave it is to fail. */
export function challenge(intent, words, appearance) {
  return new Promise((resolve) => {
    const host = made('div', { className: 'SimulatedChallenge' });
    const root = shadowed(host, CHALLENGE_LOOK);
    root.lang = words.locale;
    dress(root, appearance);

    const complete = made(
      'button',
      { type: 'button', className: 'main', id: 'test-source-authorize-3ds' },
      words.complete,
    );
    const fail = made('button', { type: 'button', id: 'test-source-fail-3ds' }, words.fail);
    const dialog = made(
      'dialog',
      { 'aria-labelledby': 'challenge-title', 'aria-describedby': 'challenge-question' },
      made(
        'div',
        { className: 'head' },
        '3-D Secure',
        made('span', { className: 'badge' }, words.simulated),
      ),
      made(
        'div',
        { className: 'body' },
        made('h2', { id: 'challenge-title' }, words.bank),
        made('p', { id: 'challenge-question' }, question(intent, words)),
        made('p', { className: 'note' }, words.noBank),
        made('div', { className: 'acts' }, complete, fail),
      ),
    );
    root.append(dialog);
    document.body.append(host);

    let outcome = 'fail';
    complete.addEventListener('click', () => {
      outcome = 'complete';
      dialog.close();
    });
    fail.addEventListener('click', () => dialog.close());
    // Escape closes it too. The focus goes back to where it was before the host is gone.
    dialog.addEventListener('close', () => {
      host.remove();
      resolve(outcome);
    });
    dialog.showModal();
  });
}

function question(intent, words) {
  const last4 = intent.payment_method?.card?.last4;
  const card = last4 ? words.cardEnding(last4) : words.yourCard;
  if (intent.amount === undefined) return words.bankSaysSaved(card);
  return words.bankSays(moneyIn(words.locale, intent.amount, intent.currency), card);
}
