/* What the parts of the builder share: what the server said, and the rule as it stands. Nothing here knows a condition;
   the schema does. */
const read = (id) => JSON.parse(document.getElementById(id).textContent);

export const root = document.querySelector('[data-builder]');
export const text = document.querySelector('textarea[data-rule]');
export const {topics, conditions, order, words} = read('rule-schema');
export const labels = read('rule-labels');
export const refusedAt = read('rule-refused-at');
export const known = new Map(conditions.map((condition) => [condition.name, condition]));

/* `changed` is told of every change, `redraw` of those after which the rule looks otherwise; main.js makes both. */
export const builder = {tree: null, changed: null, redraw: null};
