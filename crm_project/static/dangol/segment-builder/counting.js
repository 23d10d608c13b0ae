/* The live count: asked after a pause; only the answer to the latest question is shown. */
import {builder, root, text, words} from './state.js';
import {isEmpty} from './tree.js';

const COUNT_AFTER = 350; /* ms of quiet before the server is asked */

const sentence = document.querySelector('[data-sentence]');
export const problem = document.querySelector('[data-problem]');
const beside = document.querySelector('[data-beside]');
let asked = 0;
let timer = 0;
let running = null;
export const mark = (numbers) => {
    root.querySelectorAll('.has-error').forEach((row) => row.classList.remove('has-error'));
    const row = numbers && root.querySelector(`[data-place="${numbers.join(' ')}"]`);
    if (row) row.classList.add('has-error');
};
const show = (answer) => {
    sentence.textContent = answer.sentence || '';
    problem.hidden = !answer.refused;
    problem.textContent = answer.refused || '';
    mark(answer.refused ? answer.numbers : null);
    root.querySelectorAll('[data-count]').forEach((place) => { place.textContent = ''; });
    (answer.counts || []).forEach(([numbers, count]) => {
        const place = root.querySelector(`[data-count="${numbers.join(' ')}"]`);
        if (place) place.textContent = words.people.replace('%(count)s', count.toLocaleString('en-US'));
    });
    if (answer.beside) beside.innerHTML = answer.beside; /* our own template, escaped by the server */
    beside.classList.toggle('is-old', !answer.beside);
};
const ask = async () => {
    asked += 1;
    const question = asked;
    if (running) running.abort();
    running = new AbortController();
    const body = new URLSearchParams({rule: text.value, segment: root.dataset.segment});
    const token = document.querySelector('#segment-form [name=csrfmiddlewaretoken]').value;
    try {
        const answer = await fetch(root.dataset.measure, {method: 'POST', body, headers: {'X-CSRFToken': token}, signal: running.signal});
        const given = answer.ok ? await answer.json() : {refused: words.offline};
        if (question === asked) show(given);
    } catch (error) {
        if (question === asked && error.name !== 'AbortError') show({refused: words.offline});
    }
    if (question === asked) beside.removeAttribute('aria-busy');
};

/* Ask for the count of the rule as it stands now. */
export const recount = () => {
    clearTimeout(timer);
    asked += 1; /* an answer on its way is already stale */
    if (isEmpty(builder.tree)) {
        sentence.textContent = '';
        problem.hidden = true;
        return;
    }
    beside.setAttribute('aria-busy', 'true');
    sentence.dataset.counting = words.counting;
    timer = setTimeout(ask, asked === 1 ? 0 : COUNT_AFTER);
};
