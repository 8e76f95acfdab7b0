"""Opens the HTML report in Chromium, as its readers do, and tries everything on it.

    python3 tests/page/run.py --program target/debug/trailcheck [--chromium chromium]
                              [--screenshots FOLDER]
"""

import argparse
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

from browser import Browser, Page

HERE = pathlib.Path(__file__).resolve().parent
PRISTINE = HERE.parent / "stories" / "pristine.json"

# Markup in every place that could end, a quote, an override and right-to-left letters.
HOSTILE = ("\"'><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
           "</code></details></style></script><style>body{display:none}</style>"
           "<a href=\"javascript:document.title='owned'\">x</a>"
           "&lt;\u202egpj.exe\u202c\u2066\u05d0\u05d1\u05d2\u0000\u001b[2J${1}`id`")

# What a browser knows of a finding without the page's own script.
VISIBLE = """(element) => {
  const box = element.getBoundingClientRect();
  return box.height > 0 && getComputedStyle(element).visibility === 'visible';
}"""


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--program", required=True)
    arguments.add_argument("--chromium", default="chromium")
    arguments.add_argument("--screenshots", type=pathlib.Path)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pages = {
            "demo": audit(options.program, folder / "demo.html", "--demo"),
            "hostile": of_snapshot(options.program, folder / "hostile", hostile()),
            "large": of_snapshot(options.program, folder / "large", large(1_700)),
        }
        browser = Browser(options.chromium)
        try:
            for check in (it_renders, it_filters, it_opens_and_closes, the_keyboard_suffices,
                          it_fits_narrow_screens, it_is_dark_where_that_is_asked_for,
                          it_prints_everything, it_is_readable_without_its_script,
                          names_are_text, its_policy_holds, it_opens_with_25000_findings):
                check(browser, pages)
                print(f"ok: {check.__name__.replace('_', ' ')}", flush=True)
            if options.screenshots:
                take_pictures(browser, pages["demo"], options.screenshots)
        finally:
            browser.close()


def audit(program, page, *source):
    report = page.with_suffix(".json")
    run = subprocess.run(
        [program, "audit", *source, "--fail-on", "never", "--config", "/dev/null",
         "--report", f"html={page}", "--report", f"json={report}"],
        stdout=subprocess.DEVNULL, check=False)
    if run.returncode not in (0, 3):
        sys.exit(f"error: the audit ended with {run.returncode}")
    return page, json.loads(report.read_text())


def of_snapshot(program, stem, snapshot):
    path = stem.with_suffix(".snapshot.json")
    path.write_text(json.dumps(snapshot))
    return audit(program, stem.with_suffix(".html"), "--snapshot", str(path))


def pristine():
    return json.loads(PRISTINE.read_text())


def hostile():
    """The pristine account in which whoever may name things named them hostilely."""
    snapshot = pristine()
    account = snapshot["accounts"][0]
    account["alias"] = {"known": HOSTILE}
    account["caller"] = HOSTILE
    trail = account["trails"][0]
    trail["name"] = HOSTILE
    trail["arn"] += HOSTILE
    trail["bucket"] = {"known": HOSTILE}
    trail["log_file_validation"] = {"known": False}
    trail["tags"] = {"gap": {"action": HOSTILE, "kind": "access-denied", "detail": HOSTILE}}
    account["buckets"][0]["name"] = HOSTILE
    account["regions"][HOSTILE] = copy.deepcopy(next(iter(account["regions"].values())))
    return snapshot


def large(trails):
    """The pristine account with that many trails."""
    snapshot = pristine()
    account = snapshot["accounts"][0]
    first = account["trails"][0]
    for number in range(1, trails):
        trail = copy.deepcopy(first)
        trail["name"] = f"{first['name']}-{number}"
        trail["arn"] = f"{first['arn']}-{number}"
        account["trails"].append(trail)
    return snapshot


def expect(condition, what):
    if not condition:
        sys.exit(f"error: {what}")


def quiet(page):
    complaints = page.complaints()
    expect(not complaints, f"the browser complains: {complaints[:3]}")


def shown(page):
    """The findings that can be seen, as rule, status and Region."""
    return page.evaluate(f"""Array.from(document.querySelectorAll('.finding'))
        .filter({VISIBLE})
        .map((e) => [e.closest('.rule').id, e.dataset.status, e.dataset.region])""")


def choose(page, name, value):
    page.evaluate(f"""(() => {{
        const field = document.getElementById('filters').elements[{json.dumps(name)}];
        field.value = {json.dumps(value)};
        field.dispatchEvent(new Event('input', {{ bubbles: true }}));
        return field.value;
    }})()""")


def mark(finding):
    if finding["suppressed"]:
        return "accepted"
    heavy = finding["severity"] in ("high", "critical")
    return {"fail": "red" if heavy else "yellow", "unknown": "unknown", "pass": "green",
            "not-applicable": "none"}[finding["status"]]


def it_renders(browser, pages):
    path, report = pages["demo"]
    page = Page(browser, path)
    expect(len(shown(page)) == len(report["findings"]), "not every finding is shown")
    rules = page.evaluate("Array.from(document.querySelectorAll('.rule'), (e) => e.id)")
    expect(sorted(rules) == sorted(rule["id"] for rule in report["rules"]),
           "not every rule is there")
    text = page.evaluate("document.querySelector('header').innerText")
    for part in (report["scope"]["accounts"][0]["id"], "facts read", "exit code",
                 report["tool"]["version"]):
        expect(part in text, f"the head lacks {part!r}")
    quiet(page)
    page.close()


def it_filters(browser, pages):
    path, report = pages["demo"]
    page = Page(browser, path)
    practice = {rule["id"]: rule["practice"] for rule in report["rules"]}
    wanted = [(f["rule"], mark(f), f["region"]) for f in report["findings"]]

    def compare(what, keep):
        seen = sorted(tuple(finding) for finding in shown(page))
        kept = sorted(finding for finding in wanted if keep(finding))
        expect(kept, f"the demo has nothing to show for {what}")
        expect(seen == kept, f"{what} shows {len(seen)} findings and should show {len(kept)}")
        said = page.evaluate("document.getElementById('shown').textContent")
        expect(str(len(kept)) in said, f"{what} says {said!r}")

    choose(page, "practice", "integrity")
    compare("a practice", lambda f: practice[f[0]] == "integrity")
    choose(page, "status", "red")
    compare("a practice and a status", lambda f: practice[f[0]] == "integrity" and f[1] == "red")
    choose(page, "practice", "")
    compare("a status", lambda f: f[1] == "red")
    choose(page, "status", "red yellow unknown")
    compare("what is flagged", lambda f: f[1] in ("red", "yellow", "unknown"))
    choose(page, "status", "")
    choose(page, "where", "us-east-1")
    compare("a Region", lambda f: f[2] == "us-east-1")
    choose(page, "where", "")
    choose(page, "text", " LOG-FILE-Validation ")
    compare("a text", lambda f: f[0] == "log-file-validation")
    rules = page.evaluate(f"Array.from(document.querySelectorAll('.rule')).filter({VISIBLE}).length")
    expect(rules == 1, "rules without a finding to show are still there")
    choose(page, "text", "no such text anywhere")
    expect(shown(page) == [], "a text that is nowhere leaves findings")
    page.evaluate("document.querySelector('#filters [type=reset]').click()")
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    compare("no filter", lambda f: True)
    quiet(page)
    page.close()


def it_opens_and_closes(browser, pages):
    path, report = pages["demo"]
    page = Page(browser, path)
    opened = "document.querySelectorAll('.finding[open]').length"
    expect(page.evaluate(opened) == 0, "findings are open from the start")
    page.evaluate("document.querySelector('.finding.red > summary').click()")
    text = page.evaluate("document.querySelector('.finding.red').innerText")
    expect("Fingerprint" in text and "Fix" in text, f"an open finding says only {text!r}")
    choose(page, "status", "red")
    page.evaluate("document.querySelector('[name=open]').click()")
    red = sum(mark(f) == "red" for f in report["findings"])
    expect(page.evaluate(opened) == red, "`Open all` does not open what is shown")
    page.evaluate("document.querySelector('[name=close]').click()")
    expect(page.evaluate(opened) == 0, "`Close all` leaves findings open")
    quiet(page)
    page.close()


def the_keyboard_suffices(browser, pages):
    page = Page(browser, pages["demo"][0])
    page.key("Tab", 9)
    expect(page.evaluate("document.activeElement.className") == "skip", "no skip link comes first")
    page.key("Enter", 13, "\r")
    expect(page.evaluate("document.activeElement.id") == "findings", "the skip link leads nowhere")
    seen = set()
    for _ in range(6):
        page.key("Tab", 9)
        seen.add(page.evaluate("document.activeElement.parentElement.className.split(' ')[0]"))
        if page.evaluate("document.activeElement.closest('.finding') !== null"):
            break
    page.key("Enter", 13, "\r")
    expect(page.evaluate("document.activeElement.parentElement.open"),
           f"Enter opens no finding; Tab went over {seen}")
    page.close()


def it_fits_narrow_screens(browser, pages):
    for name in ("demo", "hostile"):
        page = Page(browser, pages[name][0], width=360, height=740)
        page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
        width = page.evaluate("document.documentElement.scrollWidth")
        expect(width <= 360, f"{name} is {width} pixels wide on a screen of 360")
        page.close()


def it_is_dark_where_that_is_asked_for(browser, pages):
    background = "getComputedStyle(document.body).backgroundColor"
    page = Page(browser, pages["demo"][0])
    light = page.evaluate(background)
    page.media(dark=True)
    expect(page.evaluate(background) != light, "the page is as light in the dark")
    page.close()


def it_prints_everything(browser, pages):
    path, report = pages["demo"]
    page = Page(browser, path)
    page.media(kind="print", dark=True)
    expect(page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)",
           "the page is dark on paper")
    expect(page.evaluate("getComputedStyle(document.getElementById('filters')).display") == "none",
           "the filters are printed")
    details = f"Array.from(document.querySelectorAll('.finding dl')).filter({VISIBLE}).length"
    expect(page.evaluate(details) == len(report["findings"]), "details are not printed")
    expect(page.pdf().startswith(b"%PDF-"), "the page cannot be printed")
    page.media()
    expect(page.evaluate("document.querySelectorAll('details[open]').length") == 0,
           "printing leaves details open")
    quiet(page)
    page.close()


def it_is_readable_without_its_script(browser, pages):
    path, report = pages["demo"]
    page = Page(browser, path, script=False)
    expect(len(shown(page)) == len(report["findings"]), "not every finding is shown")
    expect(page.evaluate("document.getElementById('filters').hidden"),
           "filters are offered that do nothing")
    point = page.evaluate("""(() => {
        const summary = document.querySelector('.finding > summary');
        summary.scrollIntoView({ block: 'center' });
        const box = summary.getBoundingClientRect();
        return [box.x + 8, box.y + 8];
    })()""")
    for kind in ("mousePressed", "mouseReleased"):
        page.call("Input.dispatchMouseEvent", type=kind, x=point[0], y=point[1],
                  button="left", clickCount=1)
    expect(page.evaluate("document.querySelector('.finding').open"), "a click opens nothing")
    expect(page.evaluate("document.querySelector('.finding').innerText.includes('Fingerprint')"),
           "an open finding says nothing more")
    page.close()


def names_are_text(browser, pages):
    path, report = pages["hostile"]
    page = Page(browser, path)
    page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    expect("owned" not in page.evaluate("document.title.split('(')[0]"), "a name set the title")
    counts = page.evaluate("""['script', 'style', 'img', 'a[href^=javascript]', 'body *[onerror]']
        .map((selector) => document.querySelectorAll(selector).length)""")
    expect(counts == [1, 1, 0, 0, 0], f"a name became markup: {counts}")
    expect(len(shown(page)) == len(report["findings"]), "a name hides findings")
    text = page.evaluate("document.body.innerText")
    expect("<script>document.title='owned'</script>" in text, "the name is not shown as it is")
    expect("\\u{202e}gpj.exe" in text, "the override is not spelled out")
    invisible = [c for c in text if c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
                 or (ord(c) < 32 and c not in "\n\t")]
    expect(not invisible, f"the page holds {invisible}")
    shape = page.evaluate(f"Array.from(document.querySelectorAll('#filters [name=where] option')).length")
    regions = {f["region"] for f in report["findings"]}
    expect(shape == 1 + len(regions), "a Region is missing from the filter")
    choose(page, "text", "<img src=x onerror=")
    expect(shown(page), "what is shown cannot be searched for")
    quiet(page)
    page.close()


def its_policy_holds(browser, pages):
    page = Page(browser, pages["demo"][0])
    page.evaluate("""(() => {
        const script = document.createElement('script');
        script.textContent = "document.title = 'owned'";
        document.body.append(script);
        document.body.insertAdjacentHTML('beforeend', '<img src="http://127.0.0.1:9/x">' +
            '<p id="styled" style="color: rgb(1, 2, 3)" onclick="document.title=\\'owned\\'">x</p>');
        document.getElementById('styled').click();
    })()""")
    page.evaluate("new Promise((done) => setTimeout(done, 100))")
    expect("owned" not in page.evaluate("document.title"), "a foreign script ran")
    expect(page.evaluate("getComputedStyle(document.getElementById('styled')).color")
           != "rgb(1, 2, 3)", "a foreign style holds")
    violations = [params for method, params in page.complaints() if method == "Audits.issueAdded"]
    expect(len(violations) >= 3, f"the policy refused only {len(violations)} of four")
    page.close()


def it_opens_with_25000_findings(browser, pages):
    path, report = pages["large"]
    count = len(report["findings"])
    expect(count >= 25_000, f"the large page has only {count} findings")
    page = Page(browser, path)
    # Asking each of them for its place on the screen would take minutes.
    left = "document.querySelectorAll('.finding:not([hidden])').length"
    expect(page.evaluate(left) == count, "not every finding is on the page")
    choose(page, "text", "-1699")
    few = page.evaluate(left)
    expect(0 < few < 100, f"{few} findings of one trail")
    quiet(page)
    page.close()


def take_pictures(browser, demo, folder):
    folder.mkdir(parents=True, exist_ok=True)
    opened = "document.querySelectorAll('.finding.red')[1].open = true"
    for name, settings in {
        "desktop": {}, "narrow": {"width": 390, "height": 1400}, "dark": {"dark": True},
    }.items():
        page = Page(browser, demo[0], **{"height": 1500, **settings})
        page.screenshot(folder / f"{name}.png")
        page.evaluate(opened)
        page.evaluate("document.querySelectorAll('.finding.red')[1].closest('.rule')"
                      ".querySelector('.about').open = true")
        page.evaluate("document.querySelectorAll('.finding.red')[1].scrollIntoView({block: 'center'})")
        page.screenshot(folder / f"{name}-open.png")
        page.close()
    page = Page(browser, demo[0])
    (folder / "print.pdf").write_bytes(page.pdf())
    page.close()


if __name__ == "__main__":
    main()
