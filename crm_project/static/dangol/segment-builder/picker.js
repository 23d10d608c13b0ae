/* The list of conditions to add: by topic, searched, by keyboard. */
import {focusIn, make} from './elements.js';
import {builder, conditions, topics} from './state.js';
import {freshPart} from './tree.js';

const picker = document.getElementById('condition-picker');
const search = picker.querySelector('[data-picker-search]');
const list = picker.querySelector('[data-picker-list]');
let target = null;
const shownButtons = () => [...list.querySelectorAll('button:not([hidden])')];
const filter = () => {
    const wanted = search.value.trim().toLocaleLowerCase();
    list.querySelectorAll('section').forEach((section) => {
        const ofTopic = section.querySelector('h3').textContent.toLocaleLowerCase().includes(wanted);
        const buttons = [...section.querySelectorAll('button')];
        buttons.forEach((button) => { button.hidden = !ofTopic && !button.dataset.words.includes(wanted); });
        section.hidden = buttons.every((button) => button.hidden);
    });
};
export const pick = (group) => {
    target = group;
    search.value = '';
    filter();
    picker.showModal();
    search.focus();
};
const add = (schema) => {
    const node = {part: freshPart(schema), not: false};
    target.members.push(node);
    picker.close();
    builder.redraw();
    focusIn(node, '.rule-sentence-fields :is(input, select, .rule-choice)');
};
list.append(...topics.map(([topic, heading]) => make('section', {}, make('h3', {}, heading),
    ...conditions.filter((condition) => condition.topic === topic).map((condition) => make('button', {
        type: 'button', class: 'picker-choice', 'data-words': `${condition.label} ${condition.name} ${condition.name.replaceAll('_', ' ')}`.toLocaleLowerCase(), on: {click: () => add(condition)},
    }, condition.label)))).filter((section) => section.querySelector('button')));
search.addEventListener('input', filter);
picker.addEventListener('keydown', (event) => {
    const buttons = shownButtons();
    const at = buttons.indexOf(document.activeElement);
    if (event.key === 'ArrowDown') { event.preventDefault(); (buttons[at + 1] || buttons[0] || search).focus(); }
    if (event.key === 'ArrowUp') { event.preventDefault(); (at > 0 ? buttons[at - 1] : search).focus(); }
    if (event.key === 'Enter' && document.activeElement === search) { event.preventDefault(); if (buttons[0]) buttons[0].click(); }
});
