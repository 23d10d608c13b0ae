/* The fields of a condition, by the kind of value. Each takes (schema, value, set, about) and returns an element. */
import {icon, make, select} from './elements.js';
import {labels, order, root, words} from './state.js';
import {firstValue, today} from './tree.js';

/* "at least 3 times" in one language is "3 times at least" in another. */
const comparesLast = order.indexOf('operator') > order.indexOf('value');

const numberField = (schema, value, set, about) => {
    const step = schema.kind === 'decimal' ? 'any' : '1';
    const field = make('input', {
        type: 'number', class: 'rule-number', step, min: schema.lowest, max: schema.highest, value, 'aria-label': about.said,
        on: {input: () => { if (field.value !== '' && field.validity.valid) set(Number(field.value)); field.classList.toggle('is-wrong', field.value === '' || !field.validity.valid); }},
    });
    const said = schema.before ? make('span', {class: 'quiet'}, schema.before) : null;
    const unit = schema.unit ? make('span', {class: 'quiet'}, schema.unit) : null;
    return make('span', {class: 'rule-field'}, ...(comparesLast ? [field, unit, said] : [said, field, unit]));
};
const fill = (list, found) => list.replaceChildren(...found.map(([value, label]) => make('option', {value: label, 'data-value': value})));
let lists = 0;
const searching = (field, about) => {
    lists += 1;
    const list = make('datalist', {id: `rule-choices-${lists}`});
    field.setAttribute('list', list.id);
    let latest = 0;
    const search = async () => {
        latest += 1;
        const asked = latest;
        const query = new URLSearchParams({condition: about.condition, field: about.field, q: field.value});
        const answer = await fetch(`${root.dataset.choices}?${query}`).catch(() => null);
        if (answer && answer.ok && asked === latest) fill(list, (await answer.json()).choices);
    };
    field.addEventListener('focus', search);
    field.addEventListener('input', search);
    return list;
};
const textField = (schema, value, set, about) => {
    const field = make('input', {type: 'text', maxlength: 200, value: value || '', 'aria-label': about.said, on: {input: () => set(field.value)}});
    return make('span', {class: 'rule-field'}, field, schema.kind === 'suggested' ? searching(field, about) : null);
};
const lookupField = (schema, value, set, about) => {
    const chosen = [...value];
    const label = (each) => labels[`${about.condition} ${about.field} ${each}`] || String(each);
    const chips = make('span', {class: 'rule-chips'});
    const field = make('input', {type: 'text', class: 'rule-search', placeholder: about.optional && !chosen.length ? words.any_choice : words.find, 'aria-label': about.said});
    const list = searching(field, about);
    const drawChips = () => chips.replaceChildren(...chosen.map((each, index) => make('button', {
        type: 'button', class: 'rule-chip', 'aria-label': words.remove_one.replace('%(name)s', label(each)),
        on: {click: () => { chosen.splice(index, 1); drawChips(); set([...chosen]); field.focus(); }},
    }, label(each), icon('x'))));
    const add = () => {
        const typed = field.value.trim();
        if (!typed) return;
        const option = [...list.options].find((each) => each.value === typed);
        if (!option && schema.by_number) return;
        const found = option ? option.dataset.value : typed;
        const each = schema.by_number ? Number(found) : found;
        if (option) labels[`${about.condition} ${about.field} ${each}`] = typed;
        if (!chosen.includes(each)) chosen.push(each);
        field.value = '';
        drawChips();
        set([...chosen]);
    };
    field.addEventListener('change', add);
    field.addEventListener('keydown', (event) => {
        if (event.key === 'Enter') { event.preventDefault(); add(); }
        if (event.key === 'Backspace' && !field.value && chosen.length) { chosen.pop(); drawChips(); set([...chosen]); }
    });
    drawChips();
    return make('span', {class: 'rule-field rule-lookup'}, chips, field, list);
};
const choicesField = (schema, value, set, about) => {
    const chosen = new Set(value);
    return make('span', {class: 'rule-field rule-chips', role: 'group', 'aria-label': about.said}, ...schema.choices.map(([name, label]) => {
        const button = make('button', {type: 'button', class: 'rule-choice', 'aria-pressed': String(chosen.has(name)), on: {click: () => {
            chosen[chosen.has(name) ? 'delete' : 'add'](name);
            button.setAttribute('aria-pressed', String(chosen.has(name)));
            set(schema.choices.map(([each]) => each).filter((each) => chosen.has(each)));
        }}}, label);
        return button;
    }));
};
const dateInput = (value, said, change) => {
    const field = make('input', {type: 'date', value, 'aria-label': said, on: {change: () => { if (field.value) change(field.value); }}});
    return field;
};
const datesField = (schema, value, set) => {
    const days = [...value];
    return make('span', {class: 'rule-field'},
        dateInput(days[0], words.from, (day) => { days[0] = day; set([...days]); }), '–',
        dateInput(days[1], words.to, (day) => { days[1] = day; set([...days]); }));
};
const KEY_OF_KIND = {between: 'from'};
const windowKind = (value) => {
    const kind = ['last_days', 'days_ago', 'between', 'since', 'ever'].find((each) => (KEY_OF_KIND[each] || each) in value);
    return kind || Object.entries(value)[0].join(' ');
};
const windowOf = (kind, schema) => {
    const fixed = {last_days: {last_days: 30}, days_ago: {days_ago: [60, 31]}, ever: {ever: true}, between: {from: today(), to: today()}, since: {since: schema.anchors[0][0]}};
    if (fixed[kind]) return fixed[kind];
    const [which, unit] = kind.split(' ');
    return {[which]: unit};
};
const daysInput = (days, said, change, isNeeded = true) => {
    const field = make('input', {type: 'number', class: 'rule-number', step: '1', min: isNeeded ? 0 : 1, max: 36500, value: days, 'aria-label': said, placeholder: isNeeded ? null : '∞', title: said, on: {input: () => {
        const isWrong = !field.validity.valid || (isNeeded && field.value === '');
        field.classList.toggle('is-wrong', isWrong);
        if (!isWrong) change(field.value === '' ? null : Number(field.value));
    }}});
    return field;
};
/* What a kind of window needs besides its name: (window, set, schema) → elements. */
const WINDOW_FIELDS = {
    last_days: (window, set, schema) => [daysInput(window.last_days, schema.unit, (days) => set({last_days: days})), make('span', {class: 'quiet'}, schema.unit)],
    days_ago: (window, set, schema) => {
        const days = [...window.days_ago];
        return [0, 1].flatMap((end) => [end ? '–' : '', daysInput(days[end], schema.unit, (number) => { days[end] = number; set({days_ago: [...days]}); })]);
    },
    between: (window, set) => [datesField({}, [window.from, window.to], ([from, to]) => set({from, to}))],
    since: (window, set, schema) => {
        const now = {...window};
        return [
            select(schema.anchors, now.since, schema.for_days, (anchor) => { now.since = anchor; set({...now}); }),
            daysInput(now.days ?? '', schema.for_days, (days) => { if (days === null) delete now.days; else now.days = days; set({...now}); }, false),
            make('span', {class: 'quiet'}, schema.unit),
        ];
    },
};
const windowField = (schema, value, set, about) => {
    const place = make('span', {class: 'rule-field'});
    const draw = (current) => {
        const kind = windowKind(current);
        const more = WINDOW_FIELDS[kind] ? WINDOW_FIELDS[kind](current, set, schema) : [];
        place.replaceChildren(select(schema.choices, kind, about.said, (next) => {
            const chosen = windowOf(next, schema);
            draw(chosen);
            place.querySelector('select').focus();
            set(chosen);
        }), ...more);
    };
    draw(value || {ever: true});
    return place;
};
const propertyField = (schema, value, set) => {
    const now = {...value};
    const part = (key, said) => make('input', {type: 'text', maxlength: 200, value: now[key], placeholder: said, 'aria-label': said, on: {input: (event) => { now[key] = event.target.value; set({...now}); }}});
    return make('span', {class: 'rule-field'}, part('name', schema.name_words), '=', part('value', schema.value_words));
};
const choiceField = (schema, value, set, about) => make('span', {class: 'rule-field'}, select(schema.choices, value, about.said, set));
export const FIELDS = {
    number: numberField, decimal: numberField, text: textField, suggested: textField, lookup: lookupField,
    choice: choiceField, property: propertyField, choices: choicesField, dates: datesField, window: windowField,
};
