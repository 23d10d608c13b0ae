/* The rule as a tree of our own: {word, not, members} or {part, not}. */
import {known} from './state.js';

export const fromRule = (rule) => {
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
export const toRule = (node) => {
    const rule = node.part ? tidy(node.part) : {[node.word]: node.members.map(toRule)};
    return node.not ? {not: rule} : rule;
};
const tidy = (part) => {
    const schema = known.get(part.is);
    const spared = schema.extras.filter((extra) => !extra.required && Array.isArray(part[extra.name]) && !part[extra.name].length);
    return Object.fromEntries(Object.entries(part).filter(([key]) => !spared.some((extra) => extra.name === key)));
};
export const operatorOf = (part) => known.get(part.is).operators.find((operator) => operator.name === part.op);
const copyOf = (value) => (value === null || value === undefined ? value : JSON.parse(JSON.stringify(value)));

/* What merely narrows a condition down is shown once it is asked for. */
export const isFolded = (extra) => !extra.required && !['number', 'window'].includes(extra.kind);

export const parentOf = (node, under) => {
    if (!under.members) return null;
    if (under.members.includes(node)) return under;
    return under.members.map((member) => parentOf(node, member)).find(Boolean) || null;
};
export const conditionsOf = (node) => (node.part ? [node] : node.members.flatMap(conditionsOf));
export const isEmpty = (node) => !node.part && node.members.every(isEmpty);

export const freshPart = (schema) => {
    const operator = schema.operators[0];
    const part = {is: schema.name, op: operator.name};
    if (operator.value) part.value = firstValue(operator.value);
    schema.extras.filter((extra) => !isFolded(extra)).forEach((extra) => {
        part[extra.name] = extra.kind === 'window' && !extra.required ? {ever: true} : firstValue(extra);
    });
    return part;
};
export const today = () => new Date().toLocaleDateString('sv-SE', {timeZone: 'Asia/Seoul'});
export const firstValue = (schema) => {
    if (schema.kind === 'dates') return [today(), today()];
    return copyOf(schema.initial);
};
