/* Says, while a bill is typed, how many points may pay of it, what it earns and what coupons take off. The desk counts;
   this only asks. */

import {digitsOf, grouped, writePoints} from './pad.js';

const PAUSE = 250;
const ASKED_FOR = ['bill', 'receipt', 'goods', 'goods_won', 'codes'];
const place = (form, name) => form.querySelector(`[data-quote=${name}]`);

function show(form, told) {
    /* Whoever tapped "all" before the answer came meant all that this bill takes. */
    const all = grouped(place(form, 'usable').dataset.value);
    if (form.elements.points.value === all && all !== grouped(String(told.usable))) writePoints(told.usable);
    place(form, 'usable').dataset.value = told.usable;
    place(form, 'usable').textContent = told.usable_text;
    place(form, 'earns').textContent = told.earns_text;
    place(form, 'earns-short').textContent = told.earns_text;
    place(form, 'reasons').textContent = told.reasons.join(' · ');
    place(form, 'coupons').textContent = told.coupons_text;
    place(form, 'coupons-refusal').textContent = told.coupons_refusal;
    form.querySelectorAll('[data-offer]').forEach((box) => showOffer(box, told.coupons[box.value]));
    showLeft(form, told);
}

function showOffer(box, offer) {
    const words = box.parentElement.querySelector('[data-says]');
    const off = box.parentElement.querySelector('[data-off]');
    box.parentElement.classList.toggle('is-refused', Boolean(offer) && !offer.is_good);
    words.textContent = offer && !offer.is_good ? offer.text : words.dataset.says;
    off.textContent = offer && offer.is_good ? offer.text : '';
    if (box.checked && offer && offer.needs_goods) box.form.querySelector('.desk-goods').open = true;
}

/* What the customer still pays once this is booked. */
function showLeft(form, told) {
    const kind = new FormData(form).get('kind');
    const taken = {redeem: Number(digitsOf(form.elements.points.value)), coupon: told.coupons_off, earn: 0}[kind];
    const left = grouped(String(Math.max(0, told.to_pay - taken)));
    place(form, 'to-pay').textContent = digitsOf(form.elements.bill.value) ? told.nothing_text.replace('0', left) : '–';
}

export function quoting(form) {
    let waiting = null;
    let asked = 0;
    let last = null;
    const ask = async () => {
        const number = ++asked;
        const answer = await fetch(form.dataset.quoteUrl, {method: 'POST', body: new FormData(form)}).catch(() => null);
        const told = answer && answer.ok ? await answer.json() : {code: 'UNREACHABLE'};
        if (told.code || number !== asked) return;
        last = told;
        show(form, told);
    };
    form.addEventListener('input', (event) => {
        if (last) showLeft(form, last);
        if (!ASKED_FOR.includes(event.target.name)) return;
        clearTimeout(waiting);
        waiting = setTimeout(ask, PAUSE);
    });
    if (digitsOf(form.elements.bill.value)) ask();
}
