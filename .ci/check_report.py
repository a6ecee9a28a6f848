"""Opens every report.html in a browser: light and dark, wide and narrow, and as PDF.

A report must not ask the network for anything, say nothing on the console, fit a phone's width,
and show no serious accessibility fault (axe-core). Pictures are left for people to look at.
"""

import pathlib
import shutil
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (1200, 390)
SERIOUS = ("serious", "critical")

# Elements that reach past the right edge, save those inside something that scrolls by itself.
PAST_THE_EDGE = """() => {
    const width = document.documentElement.clientWidth;
    const scrolls = (element) => {
        for (let at = element; at && at !== document.body; at = at.parentElement) {
            if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(at).overflowX)) return true;
        }
        return false;
    };
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > width + 1 && !scrolls(element))
        .slice(0, 5)
        .map((element) => element.tagName + '.' + element.className);
}"""


def look(page, axe, name: str, shots: pathlib.Path) -> list[str]:
    faults = []
    page.screenshot(path=shots / f"{name}.png", full_page=True)
    if past := page.evaluate(PAST_THE_EDGE):
        faults.append(f"wider than the window: {', '.join(past)}")
    for violation in axe.run(page).response["violations"]:
        if violation["impact"] in SERIOUS:
            places = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
            faults.append(f"{violation['id']}: {violation['help']}: {places}")
    return faults


def check(browser, axe, file: pathlib.Path, shots: pathlib.Path) -> list[str]:
    faults = []
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            name = f"{file.parent.name}-{scheme}-{width}"
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
            )
            page = context.new_page()
            asked, said = [], []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("console", lambda line, said=said: said.append(line.text))
            page.on("pageerror", lambda error, said=said: said.append(str(error)))
            page.goto(file.resolve().as_uri())
            found = [f"asks for {url}" for url in asked if not url.startswith(("file:", "data:"))]
            found += [f"says on the console: {line}" for line in said]
            found += look(page, axe, name, shots)
            faults += [f"{name}: {fault}" for fault in found]
            if (scheme, width) == ("light", WIDTHS[0]):
                page.pdf(path=shots / f"{file.parent.name}.pdf", format="A4")
            context.close()
    return faults


def main() -> int:
    reviews, shots = (pathlib.Path(argument) for argument in sys.argv[1:3])
    shots.mkdir(parents=True, exist_ok=True)
    program = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if program is None:
        print("no browser: apt-get install chromium", file=sys.stderr)
        return 1
    faults = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        axe = Axe()
        for file in sorted(reviews.glob("*/report.html")):
            faults += check(browser, axe, file, shots)
        browser.close()
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
