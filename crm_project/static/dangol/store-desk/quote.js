/* Says, while a bill is typed, how many points may pay of it and what it earns. The desk counts; this only asks. */

import {digitsOf} from './pad.js';

const PAUSE = 250;

function show(form, told) {
    const usable = form.querySelector('[data-quote=usable]');
    usable.dataset.value = told.usable;
    usable.textContent = told.usable_text;
    form.querySelector('[data-quote=earns]').textContent = told.earns_text;
    form.querySelector('[data-quote=earns-short]').textContent = told.earns_text;
    form.querySelector('[data-quote=reasons]').textContent = told.reasons.join(' · ');
}

export function quoting(form) {
    let waiting = null;
    let asked = 0;
    const ask = async () => {
        const number = ++asked;
        const answer = await fetch(form.dataset.quoteUrl, {method: 'POST', body: new FormData(form)}).catch(() => null);
        const told = answer && answer.ok ? await answer.json() : {code: 'UNREACHABLE'};
        if (!told.code && number === asked) show(form, told);
    };
    form.addEventListener('input', (event) => {
        if (!['bill', 'receipt'].includes(event.target.name)) return;
        clearTimeout(waiting);
        waiting = setTimeout(ask, PAUSE);
    });
    if (digitsOf(form.elements.bill.value)) ask();
}
