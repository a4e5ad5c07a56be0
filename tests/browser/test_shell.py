"""The shell in Chromium: every page in every view, deep links, theme, menu, headers, and what becomes of an error."""

import re
import shutil
import tomllib
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pages._ui.charts import GROUND
from pages._ui.gallery import TOPICS

ROOT = Path(__file__).parents[2]
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
PAGES = ["", "models", *(topic.url_path for topic in TOPICS)]
VIEWS = {"desktop light": ("light", False), "desktop dark": ("dark", False), "phone": ("light", True)}
STARTS = {
    "streamlit": ("-m", "streamlit", "run", "app.py", "--server.headless=true", "--server.port={port}"),
    "uvicorn": ("-m", "uvicorn", "app:app", "--port={port}"),
}
IS_TOO_WIDE = """() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]
    .some(part => part.scrollWidth > part.clientWidth + 1)"""
COLORS = """() => [...new Set(['[data-testid=stApp]', 'h1'].map(name => {
    const style = getComputedStyle(document.querySelector(name));
    return name == 'h1' ? style.color : style.backgroundColor}))]"""


def rgb(color: str) -> str:
    return f"rgb({', '.join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5))})"


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "home")
def test_every_page_in_every_view(open_page, path, view):
    scheme, phone = VIEWS[view]
    page = open_page(path, scheme, phone)
    expect(page.locator("h1")).to_be_visible()
    assert page.url.endswith(f"/{path}")
    assert not page.evaluate(IS_TOO_WIDE)
    assert page.evaluate(COLORS) == [rgb(THEME[scheme]["backgroundColor"]), rgb(THEME[scheme]["textColor"])]


@pytest.mark.parametrize("server_name", STARTS)
def test_deep_link_of_the_very_first_visitor(start_server, open_page, server_name):
    page = open_page(PAGES[-1], at=start_server(command=STARTS[server_name]))
    assert page.url.endswith(f"/{PAGES[-1]}")
    assert page.get_by_text("Page not found").count() == 0
    expect(page).to_have_title(re.compile(r" · Tangent$"))


def test_unknown_address_leads_home(server, context_of):
    page = context_of("light", False).new_page()  # not watched: Streamlit tells the console of it as an error
    page.goto(f"{server.url}/no-such-page")
    expect(page.get_by_text("Page not found")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("h1")).to_have_text("Machine learning that you can take apart")
    page.close()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_whole_card_is_a_link_that_keeps_the_session(open_page, phone):
    page = open_page(phone=phone)
    page.evaluate("window.sameDocument = true")
    topic = TOPICS[0]
    picture = page.get_by_role("img", name=topic.picture_text).bounding_box()
    page.mouse.click(picture["x"] + picture["width"] / 2, picture["y"] + picture["height"] / 2)
    expect(page).to_have_url(re.compile(f"/{topic.url_path}([?]|$)"))
    assert page.evaluate("window.sameDocument")


def test_menu_on_a_phone(open_page):
    page = open_page(phone=True)
    page.get_by_test_id("stExpandSidebarButton").tap()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Models").tap()
    expect(page.locator("h1")).to_have_text("Models")


def test_fonts_come_from_here(open_page):
    page = open_page()
    page.get_by_text("Tangent is a course").evaluate("node => node.append(' αθ')")
    faces = "() => document.fonts.ready.then(fonts => [...fonts].filter(f => f.status == 'loaded').map(f => f.family))"
    page.wait_for_function(
        "() => [...document.fonts].filter(f => f.family.includes('Inter') && f.status == 'loaded').length == 2"
    )
    assert any("Inter" in family for family in page.evaluate(faces))
    assert "Inter" in page.locator("h1").evaluate("node => getComputedStyle(node).fontFamily")


def test_every_answer_carries_the_security_headers(server):
    for path in ("/", "/regression", "/_stcore/health", "/app/static/inter-latin.woff2"):
        with urllib.request.urlopen(server.url + path) as answer:
            headers = answer.headers
        assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert headers["Referrer-Policy"] == "same-origin"
        assert "camera=(self), microphone=(self)" in headers["Permissions-Policy"]
        (policy,) = headers.get_all("Content-Security-Policy")
        assert "frame-ancestors 'self'" in policy and "unsafe-eval" not in policy
        assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


def test_policy_keeps_pages_from_other_hosts(server, context_of):
    page = context_of("light", False).new_page()
    seen = []
    page.on("console", lambda entry: seen.append(entry.text))
    page.goto(server.url)
    assert page.evaluate("() => fetch('http://localhost:9/').then(() => 'came', () => 'refused')") == "refused"
    page.wait_for_timeout(200)
    assert any("connect-src" in text and "localhost:9" in text for text in seen)
    page.close()


def test_visitor_reads_one_sentence_and_the_owner_the_traceback(start_server, context_of, settle, tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "shell.py").write_text("raise ValueError('a secret of line one')\n")
    shutil.copy(ROOT / "app.py", tmp_path)
    shutil.copytree(ROOT / ".streamlit", tmp_path / ".streamlit")
    server = start_server(tmp_path)
    page = context_of("light", False).new_page()
    page.goto(server.url)
    boxes = settle(page).get_by_test_id("stException")
    sentence = "Sorry: this page met an error of its own. It has been noted; reload the page to go on."
    assert boxes.all_inner_texts() == [sentence]
    for secret in ("ValueError", "secret", "Traceback", "shell.py"):
        assert secret not in page.content()
    page.close()
    log = server.error_log.read_text()
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ uncaught on http://127", log)
    assert "shell.py" in log and log.rstrip().endswith("ValueError: a secret of line one")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_and_style_use_the_colours_of_the_theme(open_page, scheme):
    theme = THEME[scheme]
    assert GROUND[scheme] == {
        "text": theme["textColor"].lower(),
        "line": theme["borderColor"].lower(),
        "background": theme["backgroundColor"].lower(),
    }
    page = open_page(scheme=scheme)
    for name, key in (
        ("--line", "borderColor"),
        ("--accent", "primaryColor"),
        ("--muted", "grayTextColor"),
    ):
        shown = page.locator(".st-key-hero").evaluate(
            "(node, name) => (node.style.color = `var(${name})`, getComputedStyle(node).color)",
            name,
        )
        assert shown == rgb(theme[key]), name
