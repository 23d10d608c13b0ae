'use strict';
/* The editor of the ladder: what it would do follows what is typed. Without script "See who would move" asks for it. */
{
    const form = document.getElementById('ladder-form');
    const place = document.getElementById('ladder-effect');
    const TYPING_PAUSE = 600;
    let asked = 0;
    let timer = 0;

    const refresh = async () => {
        const number = ++asked;
        place.classList.add('is-waiting');
        const answer = await fetch(form.dataset.effect, {
            method: 'POST', body: new FormData(form), headers: {'X-Requested-With': 'fetch'},
        }).catch(() => null);
        const text = answer && answer.ok && !answer.redirected ? await answer.text() : null;
        // An older answer never overwrites a newer one.
        if (number !== asked) return;
        place.classList.remove('is-waiting');
        if (text !== null) place.innerHTML = text;
    };

    const months = form.querySelector('.field-window_months');
    const showMonths = () => { months.hidden = form.elements.window.value !== 'rolling'; };

    form.addEventListener('input', () => {
        showMonths();
        clearTimeout(timer);
        timer = setTimeout(refresh, TYPING_PAUSE);
    });
    showMonths();
    if (!place.querySelector('.tier-flows')) refresh();
}
