'use strict';
/* Automations: what is chosen in the picture opens beside it without losing one's place, lists narrow down while one
   types, and of a form only the fields that count are shown. Without script links and forms do the same. */
{
    const PARTS = ['canvas', 'panel'];

    const showOnlyWhatCounts = () => {
        document.querySelectorAll('[data-shows]').forEach((field) => {
            document.querySelectorAll(`[data-shown-by="${CSS.escape(field.dataset.shows)}"]`).forEach((part) => {
                part.hidden = !part.dataset.shownFor.split(' ').includes(field.value);
            });
        });
    };

    const markChosen = (address) => {
        document.querySelectorAll('#canvas a[data-panel]').forEach((link) => {
            link.classList.toggle('is-chosen', link.href.split('#')[0] === address.split('#')[0]);
        });
    };

    // A picture that refreshes itself stays; only what is beside it changes.
    const replace = (page, address) => {
        const refreshes = document.getElementById('canvas').dataset.refresh;
        const fresh = (refreshes ? ['panel'] : PARTS).map((id) => page.getElementById(id));
        if (fresh.some((part) => part === null)) return false;
        const canvas = document.getElementById('canvas');
        const place = [canvas.scrollLeft, canvas.scrollTop];
        fresh.forEach((part) => document.getElementById(part.id).replaceWith(part));
        document.getElementById('canvas').scrollTo(...place);
        if (refreshes) markChosen(address);
        showOnlyWhatCounts();
        return true;
    };

    const open = async (address, keeps) => {
        const answer = await fetch(address).catch(() => null);
        const page = answer && answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null;
        if (!page || !replace(page, address)) {
            window.location.assign(address);
            return;
        }
        if (keeps) window.history.pushState(null, '', address.split('#')[0]);
        const first = document.querySelector('#panel.is-open .panel-body :is(input, select, textarea, button, a):not([type=hidden], [tabindex])');
        if (first && keeps) first.focus({preventScroll: true});
    };

    document.addEventListener('click', (event) => {
        const link = event.target.closest('a[data-panel]');
        if (!link || event.ctrlKey || event.metaKey || event.button !== 0) return;
        event.preventDefault();
        open(link.href, true);
    });
    window.addEventListener('popstate', () => open(window.location.href, false));
    document.addEventListener('change', (event) => {
        if (event.target.hasAttribute('data-shows')) showOnlyWhatCounts();
    });
    document.addEventListener('input', (event) => {
        if (!event.target.hasAttribute('data-filter-words')) return;
        const list = event.target.closest('[data-filters]');
        const words = event.target.value.trim().toLowerCase();
        list.querySelectorAll('[data-filtered]').forEach((row) => {
            row.hidden = !row.textContent.toLowerCase().includes(words) && !row.querySelector(':checked');
        });
        list.querySelectorAll('[data-filtered-group]').forEach((group) => {
            group.hidden = !group.querySelector('[data-filtered]:not([hidden])');
        });
    });
    showOnlyWhatCounts();
}
