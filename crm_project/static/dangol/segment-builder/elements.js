/* Small parts that everything is drawn from. */
import {root} from './state.js';

export const make = (tag, given = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
        if (name === 'on') for (const [kind, handler] of Object.entries(value)) element.addEventListener(kind, handler);
        else if (name === 'class') element.className = value;
        else if (value === true) element.setAttribute(name, '');
        else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
};
export const icon = (name) => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    for (const [key, value] of [['class', 'icon'], ['width', '14'], ['height', '14'], ['aria-hidden', 'true']]) svg.setAttribute(key, value);
    use.setAttribute('href', `${root.dataset.icons}#${name}`);
    svg.append(use);
    return svg;
};
export const tool = (picture, said, act, pressed) => make('button', {
    type: 'button', class: 'btn btn-icon btn-plain btn-small rule-tool', title: said, 'aria-label': said, 'aria-pressed': pressed, on: {click: act},
}, icon(picture));
export const select = (choices, chosen, said, change) => {
    const field = make('select', {'aria-label': said, on: {change: () => change(field.value)}},
        ...choices.map(([value, label]) => make('option', {value, selected: String(value) === String(chosen)}, label)));
    return field;
};
export const focusIn = (node, what) => {
    const target = node.row && node.row.querySelector(what);
    if (target) target.focus();
};
