/* Goods that count on their own: a category at a tap, and a further line once one is filled. */

import {grouped} from './pad.js';

const filled = (row) => [...row.querySelectorAll('input')].some((field) => field.value);

export function goods(part) {
    const rows = [...part.querySelectorAll('.desk-goods-row')];
    const open = () => {
        const next = rows.findIndex((row) => !filled(row));
        rows.forEach((row, index) => { row.hidden = !filled(row) && index !== next; });
        const said = rows.filter(filled).map((row) => [...row.querySelectorAll('input')]);
        part.querySelector('[data-goods-said]').textContent = said.map(([words, won]) => `${words.value} ${grouped(won.value)}`).join(', ');
    };
    part.addEventListener('input', open);
    part.addEventListener('click', (event) => {
        const button = event.target.closest('[data-category]');
        if (!button) return;
        const row = rows.find((each) => !each.querySelector('[data-goods]').value);
        if (!row) return;
        const [words, won] = row.querySelectorAll('input');
        words.value = button.dataset.category;
        words.dispatchEvent(new Event('input', {bubbles: true}));
        won.focus();
    });
    part.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' || !event.target.matches('[data-pad]')) return;
        event.preventDefault();
        const fields = [...part.querySelectorAll('input')].filter((field) => field.offsetParent !== null);
        (fields[fields.indexOf(event.target) + 1] || event.target).focus();
    });
    open();
}
