/* The rule as elements: groups with a frame, conditions as sentences with fields in them. */
import {focusIn, icon, make, select, tool} from './elements.js';
import {FIELDS} from './fields.js';
import {handle} from './moving.js';
import {pick} from './picker.js';
import {builder, known, order, words} from './state.js';
import {conditionsOf, firstValue, fromRule, isFolded, operatorOf, toRule} from './tree.js';

/* ── A condition: its fields stand in the order of a sentence, which the language decides ──────────────────── */

const fieldOf = (node, key, schema) => {
    const label = schema.label || key;
    const about = {condition: node.part.is, field: key, said: `${known.get(node.part.is).label}: ${label}`, optional: schema.required === false};
    if (node.part[key] === undefined) node.part[key] = schema.kind === 'window' ? {ever: true} : firstValue(schema);
    return FIELDS[schema.kind](schema, node.part[key], (value) => { node.part[key] = value; builder.changed({typing: true}); }, about);
};
const narrowing = (node, extra) => make('span', {class: 'rule-narrowing', 'data-narrows': extra.name},
    make('span', {class: 'quiet'}, extra.label || extra.name),
    fieldOf(node, extra.name, extra),
    make('button', {type: 'button', class: 'rule-chip-end', 'aria-label': words.remove_one.replace('%(name)s', extra.label || extra.name), on: {click: () => {
        delete node.part[extra.name];
        builder.redraw();
        focusIn(node, '.rule-narrow, select, input');
    }}}, icon('x')));
const narrower = (node, schema) => {
    const left = schema.extras.filter((extra) => isFolded(extra) && node.part[extra.name] === undefined);
    if (!left.length) return null;
    const field = select([['', words.narrow], ...left.map((extra) => [extra.name, extra.label || extra.name])], '', words.narrow, (name) => {
        node.part[name] = firstValue(left.find((extra) => extra.name === name));
        builder.redraw();
        focusIn(node, `[data-narrows="${name}"] :is(input, select, .rule-choice)`);
    });
    field.classList.add('rule-narrow');
    return field;
};
const extrasOf = (schema, fits) => schema.extras.filter(fits);
const fields = (node, extras) => extras.map((extra) => fieldOf(node, extra.name, extra));
const pieces = {
    condition: (node, schema) => [make('span', {class: 'rule-label'}, schema.label)],
    detail: (node, schema) => [
        ...fields(node, extrasOf(schema, (extra) => extra.required && !['number', 'window'].includes(extra.kind))),
        ...extrasOf(schema, (extra) => isFolded(extra) && node.part[extra.name] !== undefined).map((extra) => narrowing(node, extra)),
    ],
    more: (node, schema) => fields(node, extrasOf(schema, (extra) => extra.kind === 'number')),
    operator: (node, schema) => [schema.operators.length === 1
        ? make('span', {class: 'quiet', hidden: !schema.operators[0].label}, schema.operators[0].label)
        : select(schema.operators.map((each) => [each.name, each.label]), node.part.op, schema.label, (name) => changeOperator(node, name))],
    value: (node) => (operatorOf(node.part).value ? [fieldOf(node, 'value', operatorOf(node.part).value)] : []),
    window: (node, schema) => fields(node, extrasOf(schema, (extra) => extra.kind === 'window')),
};
const changeOperator = (node, name) => {
    const before = operatorOf(node.part).value;
    node.part.op = name;
    const after = operatorOf(node.part).value;
    if (!after) delete node.part.value;
    else if (!before || before.kind !== after.kind) node.part.value = firstValue(after);
    builder.redraw();
    focusIn(node, 'select');
};
const drawCondition = (node, parent, place) => {
    const schema = known.get(node.part.is);
    node.row = make('li', {class: `rule-condition${node.not ? ' is-negated' : ''}`, 'data-place': place.join(' ')},
        parent ? handle(node) : null,
        node.not ? make('span', {class: 'rule-not'}, words.not) : null,
        make('span', {class: 'rule-sentence-fields'}, ...order.flatMap((piece) => pieces[piece](node, schema)), narrower(node, schema) || ''),
        make('span', {class: 'rule-count', 'data-count': place.join(' ')}),
        tools(node, parent));
    return node.row;
};

/* ── A group ────────────────────────────────────────────────────────────────────────────────────────────────── */

const duplicate = (node, parent) => {
    const copy = fromRule(toRule(node));
    parent.members.splice(parent.members.indexOf(node) + 1, 0, copy);
    builder.redraw();
    focusIn(copy, '.rule-sentence-fields :is(select, input, button), select');
};
const remove = (node, parent) => {
    const index = parent.members.indexOf(node);
    parent.members.splice(index, 1);
    builder.redraw();
    const next = parent.members[index] || parent.members[index - 1];
    focusIn(next || parent, next ? '.rule-tool' : '[data-adds]');
};
const tools = (node, parent) => make('span', {class: 'rule-tools'},
    tool('ban', words.negate, () => { node.not = !node.not; builder.redraw(); focusIn(node, '.rule-tool'); }, String(node.not)),
    parent ? tool('copy', words.duplicate, () => duplicate(node, parent)) : null,
    parent ? tool('trash-2', words.remove, () => remove(node, parent)) : null);
const folder = (node) => {
    const button = tool(node.isFolded ? 'chevron-right' : 'chevron-down', node.isFolded ? words.unfold : words.fold, () => {
        node.isFolded = !node.isFolded;
        builder.redraw();
        focusIn(node, '.rule-folds');
    });
    button.classList.add('rule-folds');
    button.setAttribute('aria-expanded', String(!node.isFolded));
    return button;
};
const summary = (node) => make('p', {class: 'quiet rule-summary'}, conditionsOf(node).map((each) => known.get(each.part.is).label).join(' · ') || words.empty);
const adds = (node) => make('div', {class: 'rule-adds'},
    make('button', {type: 'button', class: 'btn btn-small', 'data-adds': true, on: {click: () => pick(node)}}, icon('plus'), words.add_condition),
    make('button', {type: 'button', class: 'btn btn-small btn-plain', on: {click: () => {
        const group = {word: node.word === 'all' ? 'any' : 'all', not: false, members: []};
        node.members.push(group);
        builder.redraw();
        focusIn(group, '[data-adds]');
    }}}, icon('plus'), words.add_group));
const drawMembers = (node, place) => {
    if (!node.members.length) return make('p', {class: 'quiet rule-empty'}, words.empty);
    return make('ul', {class: `rule-members joined-by-${node.word}`}, ...node.members.map((member, index) => draw(member, node, [...place, index + 1])));
};
const drawGroup = (node, parent, place) => {
    node.row = make(parent ? 'li' : 'div', {class: `rule-group${node.not ? ' is-negated' : ''}`, 'data-place': place.join(' '), role: 'group', 'aria-label': words[node.word]},
        make('div', {class: 'rule-head'},
            parent ? handle(node) : null,
            parent ? folder(node) : make('span', {class: 'quiet'}, words.match),
            node.not ? make('span', {class: 'rule-not'}, words.not) : null,
            select([['all', words.all], ['any', words.any]], node.word, words.match, (word) => { node.word = word; builder.redraw(); focusIn(node, 'select'); }),
            parent ? make('span', {class: 'rule-count', 'data-count': place.join(' ')}) : null,
            tools(node, parent)),
        ...(node.isFolded ? [summary(node)] : [drawMembers(node, place), adds(node)]));
    return node.row;
};

export const draw = (node, parent, place) => (node.part ? drawCondition(node, parent, place) : drawGroup(node, parent, place));
