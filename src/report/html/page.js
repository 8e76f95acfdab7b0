'use strict';
{
  const form = document.getElementById('filters');
  const shown = document.getElementById('shown');
  const all = shown.textContent;
  const rules = Array.from(document.querySelectorAll('.rule'), (element) => ({
    element,
    practice: element.closest('.practice'),
    title: element.querySelector('h4').textContent,
    findings: Array.from(element.querySelectorAll('.finding'), (finding) => ({ element: finding, text: null })),
  }));
  const practices = Array.from(document.querySelectorAll('.practice'));

  const matches = (rule, finding, wanted) => {
    const { status, region } = finding.element.dataset;
    if (wanted.status.length && !wanted.status.includes(status)) return false;
    if (wanted.region && wanted.region !== region) return false;
    if (!wanted.text) return true;
    finding.text ??= `${rule.title} ${finding.element.textContent}`.toLowerCase();
    return finding.text.includes(wanted.text);
  };

  // What is left out is said beside the count, on paper too.
  const said = () => {
    const chosen = Array.from(form.elements).filter((field) => field.name && field.value && field.type !== 'button');
    const name = (field) => field.closest('label').firstChild.textContent.trim();
    return chosen.map((field) => `${name(field)} “${field.selectedOptions?.[0].textContent ?? field.value}”`).join(', ');
  };

  const filter = () => {
    const wanted = {
      practice: form.elements.practice.value,
      status: form.elements.status.value.split(' ').filter(Boolean),
      region: form.elements.where.value,
      text: form.elements.text.value.trim().toLowerCase(),
    };
    const idle = !wanted.practice && !wanted.status.length && !wanted.region && !wanted.text;
    const busy = new Set();
    let count = 0;
    for (const rule of rules) {
      const inside = !wanted.practice || rule.practice.dataset.practice === wanted.practice;
      let own = 0;
      for (const finding of rule.findings) {
        const visible = inside && matches(rule, finding, wanted);
        finding.element.hidden = !visible;
        own += visible;
      }
      rule.element.hidden = !idle && own === 0;
      if (!rule.element.hidden) busy.add(rule.practice);
      count += own;
    }
    for (const practice of practices) practice.hidden = !busy.has(practice);
    shown.textContent = idle ? all : `${count} of ${all.replace(/^All /, '')}: ${said()}`;
  };

  const open = (yes) => {
    for (const rule of rules) {
      for (const finding of rule.findings) {
        if (!finding.element.hidden) finding.element.open = yes;
      }
    }
  };

  form.hidden = false;
  form.addEventListener('input', filter);
  form.addEventListener('reset', () => setTimeout(filter));
  form.addEventListener('submit', (event) => event.preventDefault());
  form.elements.open.addEventListener('click', () => open(true));
  form.elements.close.addEventListener('click', () => open(false));
  // A browser may restore what was chosen before the page was loaded again.
  window.addEventListener('pageshow', filter);

  // Paper has no way to open anything.
  let closed = [];
  window.addEventListener('beforeprint', () => {
    closed = Array.from(document.querySelectorAll('details:not([open])'));
    for (const details of closed) details.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const details of closed) details.open = false;
    closed = [];
  });
}
