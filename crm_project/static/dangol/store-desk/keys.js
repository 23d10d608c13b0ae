/* For fast typists: Enter moves on and books at the end, Esc clears and then is done with the customer, + earns,
   − uses, / takes a coupon, * takes all points that may be used. */

import {writePoints} from './pad.js';

const steps = (form) => [...form.querySelectorAll('[data-step]')].filter((field) => field.offsetParent !== null);

function moveOn(event, field) {
    const after = steps(field.form).slice(steps(field.form).indexOf(field) + 1);
    if (!field.value || !after.length) return;
    event.preventDefault();
    after[0].focus();
    after[0].select();
}

function clear(field) {
    const leave = document.getElementById('leave');
    if (field && field.value) {
        field.value = '';
        field.dispatchEvent(new Event('input', {bubbles: true}));
    } else if (leave) {
        leave.requestSubmit();
    }
}

function choose(form, kind) {
    const choice = form.querySelector(`[name=kind][value=${kind}]`);
    choice.checked = true;
    choice.dispatchEvent(new Event('change', {bubbles: true}));
    (steps(form).find((field) => !field.value) || steps(form).at(-1)).focus();
}

export function keyboardFlow() {
    document.addEventListener('keydown', (event) => {
        if (document.querySelector('dialog[open]') || event.isComposing) return;
        const field = event.target.closest('[data-pad]');
        if (event.key === 'Escape') clear(field);
        if (!field || !field.matches('[data-step]')) return;
        if (event.key === 'Enter') moveOn(event, field);
        if (!field.matches('[data-number]')) return;
        const acts = {'+': () => choose(field.form, 'earn'), '-': () => choose(field.form, 'redeem'),
            '/': () => choose(field.form, 'coupon'), '*': () => writePoints(document.querySelector('[data-quote=usable]').dataset.value)};
        if (acts[event.key]) {
            event.preventDefault();
            acts[event.key]();
        }
    });
    document.addEventListener('change', (event) => {
        if (!event.target.matches('.desk-kinds input')) return;
        const empty = steps(event.target.form).find((field) => !field.value);
        if (empty) empty.focus();
    });
}
