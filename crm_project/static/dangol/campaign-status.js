'use strict';
/* When a campaign's status changes while somebody watches, other buttons or another page fit: go there. */
{
    const part = () => document.querySelector('[data-status]');
    const first = part().dataset.status;
    const next = part().dataset.next || window.location.href;
    new MutationObserver(() => {
        if (part() && part().dataset.status !== first) window.location.assign(next);
    }).observe(part().parentElement, {childList: true});
}
