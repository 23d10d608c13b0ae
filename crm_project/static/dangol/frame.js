'use strict';
/* The frame: keys, menu on a phone, pop-ups, dialogs, the drawer of a row, parts that refresh themselves. */
{
    const typing = (target) => target.closest('input, textarea, select, [contenteditable]') !== null;

    /* Keys: "/" searches, "g" and a letter goes to a section. */
    let waitingForLetter = 0;
    document.addEventListener('keydown', (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
        if (event.key === '/') {
            const field = document.querySelector('[data-search], .list-search input');
            if (field) {
                event.preventDefault();
                field.focus();
            }
        } else if (Date.now() - waitingForLetter < 1500) {
            const link = document.querySelector(`a[data-letter="${CSS.escape(event.key)}"]`);
            waitingForLetter = 0;
            if (link) link.click();
        } else if (event.key === 'g') {
            waitingForLetter = Date.now();
        }
    });

    /* Menu on a narrow screen. */
    const menuButton = document.querySelector('[data-toggles-menu]');
    const showMenu = (open) => {
        document.body.classList.toggle('menu-open', open);
        menuButton.setAttribute('aria-expanded', String(open));
    };

    const closePopUps = (except) => {
        document.querySelectorAll('details.menu-button[open], details.list-filter[open]').forEach((details) => {
            if (details !== except) details.open = false;
        });
    };

    /* The drawer of a row: a link with data-drawer="address of the part"; without script it is a plain link. */
    const openDrawer = async (link) => {
        const drawer = document.getElementById('row-drawer');
        const body = drawer.querySelector('[data-drawer-body]');
        const answer = await fetch(link.dataset.drawer, {headers: {'X-Requested-With': 'fetch'}});
        if (!answer.ok) {
            window.location.assign(link.href);
            return;
        }
        body.innerHTML = await answer.text();
        drawer.showModal();
    };

    document.addEventListener('click', (event) => {
        const target = event.target;
        closePopUps(target.closest('details.menu-button, details.list-filter'));
        if (menuButton && target.closest('[data-toggles-menu]')) {
            showMenu(!document.body.classList.contains('menu-open'));
        } else if (menuButton && document.body.classList.contains('menu-open') && !target.closest('.side')) {
            showMenu(false);
        }
        const opener = target.closest('[data-opens]');
        if (opener) document.getElementById(opener.dataset.opens).showModal();
        if (target.closest('[data-closes]') || target instanceof HTMLDialogElement) target.closest('dialog').close();
        const dismiss = target.closest('[data-dismiss]');
        if (dismiss) dismiss.closest('.toast').remove();
        const row = target.closest('a[data-drawer]');
        if (row && !event.ctrlKey && !event.metaKey && event.button === 0) {
            event.preventDefault();
            openDrawer(row);
        }
        const printer = target.closest('[data-prints]');
        if (printer) window.print();
        const copier = target.closest('[data-copies]');
        if (copier) navigator.clipboard.writeText(copier.dataset.copies);
    });
    document.addEventListener('keydown', (event) => {
        if (event.key !== 'Escape') return;
        closePopUps(null);
        if (menuButton) showMenu(false);
    });

    /* Selects and fields that send their form when they change. */
    document.addEventListener('change', (event) => {
        if (event.target.closest('[data-sends-form]')) event.target.form.requestSubmit();
    });

    /* Good news leaves by itself; bad news stays until it is read. */
    document.querySelectorAll('.toast.tone-good, .toast.tone-busy').forEach((toast) => {
        setTimeout(() => toast.remove(), 8000);
    });

    /* A part that refreshes itself: data-refresh="address" data-refresh-seconds="10". The answer is the same part;
       it ends when the answer no longer asks for more. Numbers say when they last did. */
    const refresh = (part) => {
        const seconds = Number(part.dataset.refreshSeconds || 10);
        setTimeout(async () => {
            if (document.hidden) {
                refresh(part);
                return;
            }
            const answer = await fetch(part.dataset.refresh, {headers: {'X-Requested-With': 'fetch'}}).catch(() => null);
            if (!answer || !answer.ok) {
                refresh(part);
                return;
            }
            const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
            const fresh = (part.id && page.getElementById(part.id)) || page.querySelector('[data-refresh]') || page.body.firstElementChild;
            if (!fresh) return;
            const open = part.contains(document.activeElement);
            if (!open) part.replaceWith(fresh);
            const next = open ? part : fresh;
            next.querySelectorAll('[data-refreshed-at]').forEach((place) => {
                place.textContent = new Date().toLocaleTimeString('en-GB', {timeZone: 'Asia/Seoul'});
            });
            if (next.dataset.refresh) refresh(next);
        }, seconds * 1000);
    };
    document.querySelectorAll('[data-refresh]').forEach(refresh);
}
