/* The store desk: a pad for thumbs, keys for fast typists, and what a bill earns while it is typed. Without any of
   this the desk works all the same: it is forms and links. */

import {goods} from './goods.js';
import {keyboardFlow} from './keys.js';
import {numberPad} from './pad.js';
import {quoting} from './quote.js';

numberPad();
keyboardFlow();
document.querySelectorAll('form[data-act]').forEach(quoting);
document.querySelectorAll('.desk-goods').forEach(goods);

/* A second tap on the button sends nothing; what slips through is booked once by its key. */
document.querySelectorAll('form[data-once]').forEach((form) => {
    form.addEventListener('submit', () => {
        setTimeout(() => form.querySelectorAll('button:not([type=button])').forEach((button) => { button.disabled = true; }));
    });
});

/* The browser's back button shows the page as it was left: with its buttons working again. */
window.addEventListener('pageshow', (event) => {
    if (event.persisted) document.querySelectorAll('button:disabled').forEach((button) => { button.disabled = false; });
});
