/* The number pad writes into the field that was touched last, and numbers are shown in groups of three. */

export const digitsOf = (text) => text.replace(/\D/g, '');
export const grouped = (text) => digitsOf(text).replace(/^0+(?=\d)/, '').replace(/\B(?=(\d{3})+$)/g, ',');

export function write(field, text) {
    field.value = field.hasAttribute('data-number') ? grouped(text) : text;
    field.dispatchEvent(new Event('input', {bubbles: true}));
    field.focus();
}

const isVisible = (field) => field.offsetParent !== null;

export function numberPad() {
    const fields = () => [...document.querySelectorAll('[data-pad]')].filter(isVisible);
    let touched = null;
    document.addEventListener('focusin', (event) => {
        if (event.target.matches('[data-pad]')) touched = event.target;
    });
    const target = () => {
        if (touched && isVisible(touched)) return touched;
        const inAct = fields().filter((field) => field.form.matches('[data-act]'));
        return inAct[0] || fields()[0];
    };
    document.addEventListener('click', (event) => {
        const button = event.target.closest('[data-key], [data-adds], [data-all], [data-keyboard]');
        if (!button) return;
        const field = target();
        if (!field) return;
        if ('keyboard' in button.dataset) showKeyboard(field);
        else if ('all' in button.dataset) writePoints(button.querySelector('[data-value]').dataset.value);
        else if (button.dataset.adds) addPoints(Number(button.dataset.adds));
        else press(field, button.dataset.key);
    });
    document.addEventListener('input', (event) => {
        if (event.target.matches('[data-number]')) event.target.value = grouped(event.target.value);
        echo();
    });
    echo();
}

function press(field, key) {
    if (key === 'back') write(field, field.value.slice(0, -1));
    else if (field.value.length < field.maxLength) write(field, field.value + key);
}

export function writePoints(points) {
    const field = document.getElementById('points');
    if (field && isVisible(field)) write(field, String(points));
}

function addPoints(points) {
    const field = document.getElementById('points');
    if (field) writePoints(Number(digitsOf(field.value) || 0) + points);
}

/* The pad is there so that the keyboard of a tablet does not cover the page; for letters it is asked for. */
function showKeyboard(field) {
    field.inputMode = 'text';
    field.blur();
    field.focus();
}

function echo() {
    const points = document.getElementById('points');
    document.querySelectorAll('[data-echo=points]').forEach((place) => { place.textContent = points ? points.value : ''; });
}
