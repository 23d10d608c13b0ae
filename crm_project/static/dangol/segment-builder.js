'use strict';
/* The rule of a segment as nested groups with words. The textarea stays the truth: every change is written into it,
   and without script it is what one edits. Nothing here knows a condition; the schema from the server does. */
{
    const read = (id) => JSON.parse(document.getElementById(id).textContent);
    const root = document.querySelector('[data-builder]');
    const text = document.querySelector('textarea[data-rule]');
    const {topics, conditions, order, words} = read('rule-schema');
    const labels = read('rule-labels');
    const known = new Map(conditions.map((condition) => [condition.name, condition]));
    const COUNT_AFTER = 350; /* ms of quiet before the server is asked */

    /* ── The rule as a tree of our own: {word, not, members} or {part, not} ─────────────────────────────────── */

    const fromRule = (rule) => {
        let negated = false;
        let inner = rule;
        while (inner && typeof inner === 'object' && 'not' in inner) {
            negated = !negated;
            inner = inner.not;
        }
        if (inner && typeof inner === 'object' && known.has(inner.is)) return {part: {...inner}, not: negated};
        const word = inner && Array.isArray(inner.any) ? 'any' : 'all';
        if (!inner || !Array.isArray(inner[word])) return null;
        const members = inner[word].map(fromRule);
        return members.includes(null) ? null : {word, not: negated, members};
    };
    const toRule = (node) => {
        const rule = node.part ? tidy(node.part) : {[node.word]: node.members.map(toRule)};
        return node.not ? {not: rule} : rule;
    };
    const tidy = (part) => {
        const schema = known.get(part.is);
        const spared = schema.extras.filter((extra) => !extra.required && Array.isArray(part[extra.name]) && !part[extra.name].length);
        return Object.fromEntries(Object.entries(part).filter(([key]) => !spared.some((extra) => extra.name === key)));
    };
    const operatorOf = (part) => known.get(part.is).operators.find((operator) => operator.name === part.op);
    const copyOf = (value) => (value === null || value === undefined ? value : JSON.parse(JSON.stringify(value)));

    const freshPart = (schema) => {
        const operator = schema.operators[0];
        const part = {is: schema.name, op: operator.name};
        if (operator.value) part.value = firstValue(operator.value);
        schema.extras.forEach((extra) => {
            part[extra.name] = extra.kind === 'window' && !extra.required ? {ever: true} : firstValue(extra);
        });
        return part;
    };
    const today = () => new Date().toLocaleDateString('sv-SE', {timeZone: 'Asia/Seoul'});
    const firstValue = (schema) => {
        if (schema.kind === 'dates') return [today(), today()];
        return copyOf(schema.initial);
    };

    /* ── Drawing ────────────────────────────────────────────────────────────────────────────────────────────── */

    const make = (tag, given = {}, ...children) => {
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
    const icon = (name) => {
        const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
        const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
        for (const [key, value] of [['class', 'icon'], ['width', '14'], ['height', '14'], ['aria-hidden', 'true']]) svg.setAttribute(key, value);
        use.setAttribute('href', `${root.dataset.icons}#${name}`);
        svg.append(use);
        return svg;
    };
    const tool = (picture, said, act, pressed) => make('button', {
        type: 'button', class: 'btn btn-icon btn-plain btn-small rule-tool', title: said, 'aria-label': said, 'aria-pressed': pressed, on: {click: act},
    }, icon(picture));
    const select = (choices, chosen, said, change) => {
        const field = make('select', {'aria-label': said, on: {change: () => change(field.value)}},
            ...choices.map(([value, label]) => make('option', {value, selected: String(value) === String(chosen)}, label)));
        return field;
    };

    /* "at least 3 times" in one language is "3 times at least" in another. */
    const comparesLast = order.indexOf('operator') > order.indexOf('value');

    /* Fields by the kind of value. Each takes (schema, value, set, about) and returns an element. */
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
    const windowKind = (value) => {
        if ('last_days' in value) return 'last_days';
        if ('from' in value) return 'between';
        if ('ever' in value) return 'ever';
        return Object.entries(value)[0].join(' ');
    };
    const windowOf = (kind) => {
        if (kind === 'last_days') return {last_days: 30};
        if (kind === 'between') return {from: today(), to: today()};
        if (kind === 'ever') return {ever: true};
        const [which, unit] = kind.split(' ');
        return {[which]: unit};
    };
    const windowField = (schema, value, set, about) => {
        const place = make('span', {class: 'rule-field'});
        const draw = (current) => {
            const kind = windowKind(current);
            const more = [];
            if (kind === 'last_days') more.push(numberField({kind: 'number', lowest: 0, highest: 36500, unit: schema.unit}, current.last_days, (days) => set({last_days: days}), {said: schema.unit}));
            if (kind === 'between') more.push(datesField({}, [current.from, current.to], ([from, to]) => set({from, to})));
            place.replaceChildren(select(schema.choices, kind, about.said, (next) => {
                const chosen = windowOf(next);
                draw(chosen);
                place.querySelector('select').focus();
                set(chosen);
            }), ...more);
        };
        draw(value || {ever: true});
        return place;
    };
    const choiceField = (schema, value, set, about) => make('span', {class: 'rule-field'}, select(schema.choices, value, about.said, set));
    const FIELDS = {
        number: numberField, decimal: numberField, text: textField, suggested: textField, lookup: lookupField,
        choice: choiceField, choices: choicesField, dates: datesField, window: windowField,
    };

    /* ── A condition: its fields stand in the order of a sentence, which the language decides ───────────────── */

    const fieldOf = (node, key, schema) => {
        const about = {condition: node.part.is, field: key, said: `${known.get(node.part.is).label}: ${key}`, optional: schema.required === false};
        if (node.part[key] === undefined) node.part[key] = schema.kind === 'window' ? {ever: true} : firstValue(schema);
        return FIELDS[schema.kind](schema, node.part[key], (value) => { node.part[key] = value; changed(); }, about);
    };
    const isDetail = (extra) => extra.kind !== 'number' && extra.kind !== 'window';
    const pieces = {
        condition: (node, schema) => [make('span', {class: 'rule-label'}, schema.label)],
        detail: (node, schema) => schema.extras.filter(isDetail).map((extra) => fieldOf(node, extra.name, extra)),
        more: (node, schema) => schema.extras.filter((extra) => extra.kind === 'number').map((extra) => fieldOf(node, extra.name, extra)),
        operator: (node, schema) => [schema.operators.length === 1
            ? make('span', {class: 'quiet', hidden: !schema.operators[0].label}, schema.operators[0].label)
            : select(schema.operators.map((each) => [each.name, each.label]), node.part.op, schema.label, (name) => changeOperator(node, name))],
        value: (node) => (operatorOf(node.part).value ? [fieldOf(node, 'value', operatorOf(node.part).value)] : []),
        window: (node, schema) => schema.extras.filter((extra) => extra.kind === 'window').map((extra) => fieldOf(node, extra.name, extra)),
    };
    const changeOperator = (node, name) => {
        const before = operatorOf(node.part).value;
        node.part.op = name;
        const after = operatorOf(node.part).value;
        if (!after) delete node.part.value;
        else if (!before || before.kind !== after.kind) node.part.value = firstValue(after);
        redraw();
        focusIn(node, 'select');
    };
    const drawCondition = (node, parent, place) => {
        const schema = known.get(node.part.is);
        node.row = make('li', {class: `rule-condition${node.not ? ' is-negated' : ''}`, 'data-place': place.join(' ')},
            node.not ? make('span', {class: 'rule-not'}, words.not) : null,
            make('span', {class: 'rule-sentence-fields'}, ...order.flatMap((piece) => pieces[piece](node, schema))),
            make('span', {class: 'rule-count', 'data-count': place.join(' ')}),
            tools(node, parent));
        return node.row;
    };
    const tools = (node, parent) => make('span', {class: 'rule-tools'},
        tool('ban', words.negate, () => { node.not = !node.not; redraw(); focusIn(node, '.rule-tool'); }, String(node.not)),
        parent ? tool('copy', words.duplicate, () => {
            const copy = fromRule(toRule(node));
            parent.members.splice(parent.members.indexOf(node) + 1, 0, copy);
            redraw();
            focusIn(copy, 'select, input, button');
        }) : null,
        parent ? tool('trash-2', words.remove, () => {
            const index = parent.members.indexOf(node);
            parent.members.splice(index, 1);
            redraw();
            const next = parent.members[index] || parent.members[index - 1];
            focusIn(next || parent, next ? '.rule-tool' : '[data-adds]');
        }) : null);
    const drawGroup = (node, parent, place) => {
        const members = node.members.map((member, index) => draw(member, node, [...place, index + 1]));
        node.row = make(parent ? 'li' : 'div', {class: `rule-group${node.not ? ' is-negated' : ''}`, 'data-place': place.join(' '), role: 'group', 'aria-label': words[node.word]},
            make('div', {class: 'rule-head'},
                parent ? null : make('span', {class: 'quiet'}, words.match),
                node.not ? make('span', {class: 'rule-not'}, words.not) : null,
                select([['all', words.all], ['any', words.any]], node.word, words.match, (word) => { node.word = word; changed(); redraw(); focusIn(node, 'select'); }),
                parent ? make('span', {class: 'rule-count', 'data-count': place.join(' ')}) : null,
                tools(node, parent)),
            members.length ? make('ul', {class: `rule-members joined-by-${node.word}`}, ...members) : make('p', {class: 'quiet rule-empty'}, words.empty),
            make('div', {class: 'rule-adds'},
                make('button', {type: 'button', class: 'btn btn-small', 'data-adds': true, on: {click: () => pick(node)}}, icon('plus'), words.add_condition),
                make('button', {type: 'button', class: 'btn btn-small btn-plain', on: {click: () => {
                    const group = {word: node.word === 'all' ? 'any' : 'all', not: false, members: []};
                    node.members.push(group);
                    redraw();
                    focusIn(group, '[data-adds]');
                }}}, icon('plus'), words.add_group)));
        return node.row;
    };
    const draw = (node, parent, place) => (node.part ? drawCondition(node, parent, place) : drawGroup(node, parent, place));
    const focusIn = (node, what) => {
        const target = node.row && node.row.querySelector(what);
        if (target) target.focus();
    };
    const redraw = () => {
        root.replaceChildren(draw(tree, null, []));
        changed();
    };

    /* ── The list of conditions to add: by topic, searched, by keyboard ─────────────────────────────────────── */

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
    const pick = (group) => {
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
        redraw();
        focusIn(node, 'input, select, .rule-choice');
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

    /* ── The live count: asked after a pause; only the answer to the latest question is shown ───────────────── */

    const sentence = document.querySelector('[data-sentence]');
    const problem = document.querySelector('[data-problem]');
    const beside = document.querySelector('[data-beside]');
    let asked = 0;
    let timer = 0;
    let running = null;
    let sent = null;
    const isEmpty = (node) => !node.part && node.members.every(isEmpty);
    const mark = (numbers) => {
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
    const changed = () => {
        const rule = toRule(tree);
        text.value = JSON.stringify(rule, null, 2);
        const signature = JSON.stringify(rule);
        if (signature === sent) {
            return;
        }
        sent = signature;
        clearTimeout(timer);
        asked += 1; /* an answer on its way is already stale */
        if (isEmpty(tree)) {
            sentence.textContent = '';
            problem.hidden = true;
            return;
        }
        beside.setAttribute('aria-busy', 'true');
        sentence.dataset.counting = words.counting;
        timer = setTimeout(ask, asked === 1 ? 0 : COUNT_AFTER);
    };

    /* ── Begin: the textarea's rule becomes the tree; one that the builder cannot show stays a text ─────────── */

    let tree = null;
    const begin = () => {
        let rule = null;
        try {
            rule = JSON.parse(text.value);
        } catch {
            return;
        }
        const node = fromRule(rule);
        if (!node) return;
        tree = node.part ? {word: 'all', not: false, members: [node]} : node;
        root.hidden = false;
        document.querySelector('[data-rule-text]').open = false;
        const refused = problem.hidden ? null : problem.textContent;
        redraw();
        if (refused) {
            problem.hidden = false;
            problem.textContent = refused;
            mark(read('rule-refused-at'));
        }
    };
    text.addEventListener('change', () => { tree = null; sent = null; begin(); });
    begin();
}
