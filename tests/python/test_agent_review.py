"""`agent review`: pages from real runs, hostile names and damaged folders included, and a branch in a real repository."""

from __future__ import annotations

import json
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from agent_program import AGENT, BRANCHING, WITHOUT_AGENT, WORKING, Program
from llm_runs import BLOCKED, Asked
from llm_server import Rules
from test_agent_emit import checkout

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

KEY = "sk-test-0123456789abcdefghijklmnop"
HOSTILE = "<img src=x onerror=alert(1)> & `ticks` [a](b) @somebody #1"  # the name of a folder
VOID = {"meta", "col", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Every element and attribute of a page; whatever is closed in another order than opened is an error."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


# All that a page of ours is made of: no script, no image, no link, no frame, no handler.
ELEMENTS = {"html", "head", "meta", "title", "style", "body", "main", "header", "section", "h1", "h2", "p", "ul", "li", "code",
            "pre", "span", "div", "table", "thead", "tbody", "tr", "th", "td", "colgroup", "col"}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "colspan"}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(tmp_path_factory.mktemp("agent"))


def adapted(program: Program, name: str, text: str, *more: str) -> dict:
    ended = program("adapt", program.write(name, text), "--backend", "export", "--json", "--quiet", *more)
    return ended.json


@pytest.fixture(scope="module")
def pattern_run(program: Program) -> dict:
    result = adapted(program, f"{HOSTILE}/hostile.py", BRANCHING)
    assert result["outcome"] == "adapted"
    return result


@pytest.fixture(scope="module")
def lost_run(program: Program) -> dict:
    result = adapted(program, "lost.py", BLOCKED)
    assert result["outcome"] == "not_adapted"
    return result


def review(program: Program, run: str, *more: str) -> str:
    ended = program("review", run, *more)
    assert ended.code == 0, ended.stderr
    return ended.stdout


def test_the_page_holds_what_a_reviewer_needs(program: Program, pattern_run: dict):
    text = review(program, pattern_run["run"])
    for heading in ("What failed", "Cause", "The change", "Evidence", "Concessions", "Not checked", "Where it belongs",
                    "Other models", "Run it again", "Cost", "Versions, seeds and hashes"):
        assert f"\n## {heading}\n" in text
    assert "```diff\n" + (Path(pattern_run["out"]) / "patch.diff").read_text() + "```" in text
    assert "(concedes: both sides give tensors of one shape and one dtype)" in text.splitlines()[0]
    assert "| `capture` | fails: data-dependent | passes" in text
    assert "No language model took part." in text and "No language model was asked." in text


def test_the_figures_are_those_of_the_judge(program: Program, pattern_run: dict):
    value = json.loads(review(program, pattern_run["run"], "--json"))
    figures, metrics = value["figures"], pattern_run["metrics"]
    assert figures["verdict"] == "passed" and figures["reasons"] == []
    of_backend = [row for row in figures["outputs"] if row["of"] == "export"]
    assert [row["draws"] for row in of_backend] == [metrics["draws"]]
    for name in ("relative_l2", "pcc", "max_abs", "error_ratio"):
        assert of_backend[0][name] == pytest.approx(metrics[name], rel=1e-12)
    assert [row["of"] for row in figures["outputs"]] == ["export", "adapted model, eager"]
    assert value["belongs"] == {"layer": "model", "file_issue": False,
                                "why": "a value that is known only when the model runs decides what it computes: no compiler can know it "
                                       "before"}


def test_a_hostile_name_is_text_in_both_forms(program: Program, pattern_run: dict):
    page = Page(review(program, pattern_run["run"], "--html"))
    assert page.elements <= ELEMENTS and page.attributes <= ATTRIBUTES, (page.elements - ELEMENTS, page.attributes - ATTRIBUTES)
    assert HOSTILE in page.text
    # In Markdown it stands between backticks, more of them than it holds, or in a fence.
    lines = [line for line in review(program, pattern_run["run"]).splitlines() if HOSTILE in line]
    assert any(line.startswith("| model | ``") for line in lines)
    assert all("``" in line or line.startswith("agent adapt '") or line.startswith("  File ") for line in lines), lines


def test_a_run_that_was_not_adapted_says_what_is_in_the_way(program: Program, lost_run: dict):
    text = review(program, lost_run["run"])
    assert text.startswith("# lost.py on export: not adapted, ")
    assert "\n## What is in the way\n" in text and "Nothing was changed." in text
    assert "the claim ends at level" in text
    assert Page(review(program, lost_run["run"], "--html")).elements <= ELEMENTS


def test_a_model_that_works_has_a_page_too(program: Program):
    result = adapted(program, "works.py", WORKING)
    text = review(program, result["run"])
    assert text.startswith("# works.py on export: works unchanged") and "The unmodified model passes every stage." in text


def test_a_change_by_a_language_model_says_so_and_what_it_cost(asked: Asked):
    told = asked.converse("oracle", dialect="chat", rules=Rules(api_key=KEY), OPENAI_API_KEY=KEY)
    assert told.outcome == "adapted", told.text
    text = review(asked.program, told.ended.json["run"])
    spend = told.ended.json["spend"]
    assert "was written by a language model (openai@" in text.replace("&#64;", "@").replace("&#47;", "/")
    assert f"{spend['input_tokens']} tokens in ({spend['cached_tokens']} of them from a cache), {spend['output_tokens']} out" in text
    assert KEY not in text


def test_out_writes_all_forms_and_json_is_one_line(program: Program, lost_run: dict, tmp_path: Path):
    ended = program("review", lost_run["run"], "--html", "--out", tmp_path / "review")
    assert ended.code == 0 and ended.stdout == ""
    assert sorted(p.name for p in (tmp_path / "review").iterdir()) == ["review.html", "review.json", "review.md"]
    assert len(review(program, lost_run["run"], "--json").splitlines()) == 1


def copied(result: dict, to: Path) -> Path:
    return Path(shutil.copytree(Path(result["out"]).parent, to / "run", symlinks=True))


def test_a_run_folder_is_read_wherever_it_lies(program: Program, pattern_run: dict, tmp_path: Path):
    folder = copied(pattern_run, tmp_path)
    assert json.loads(review(program, folder, "--json"))["figures"]["verdict"] == "passed"


def test_outputs_that_were_changed_give_no_figures_but_a_reason(program: Program, pattern_run: dict, tmp_path: Path):
    folder = copied(pattern_run, tmp_path)
    for file in folder.glob("verify/*/outputs/*.safetensors"):
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.write_bytes(data)
    figures = json.loads(review(program, folder, "--json"))["figures"]
    assert [row["of"] for row in figures["outputs"]] == ["adapted model, eager"]
    assert any("is not the file that was recorded" in reason for reason in figures["reasons"])


def test_outputs_that_are_gone_leave_the_recorded_figures(program: Program, pattern_run: dict, tmp_path: Path):
    folder = copied(pattern_run, tmp_path)
    shutil.rmtree(folder / "verify")
    text = review(program, folder)
    assert "worst value recorded" in text and "is no longer there" in text


@pytest.mark.parametrize(("damage", "code"), [
    (lambda folder: (folder / "out" / "result.json").write_text("{"), 2),
    (lambda folder: (folder / "out" / "result.json").unlink(), 2),
    (lambda folder: (folder / "events.jsonl").write_text("{}\n{}\n"), None),
    (lambda folder: (folder / "out" / "patch.diff").write_bytes(b"\xff\xfe<b>"), 0),
])
def test_a_damaged_folder_is_an_error_or_shown_as_it_is(program: Program, pattern_run: dict, tmp_path: Path, damage, code):
    folder = copied(pattern_run, tmp_path)
    damage(folder)
    ended = program("review", folder, "--html")
    assert ended.code == code if code is not None else ended.code not in (0, 139, 134), ended.stderr
    assert code == 0 or ended.said
    if code == 0:
        assert Page(ended.stdout).elements <= ELEMENTS


def test_an_unknown_run_is_a_usage_error(program: Program, pattern_run: dict):
    ended = program("review", "no-such-run")
    assert ended.code == 2 and "no-such-run" in ended.said


# Branches.

def git(repository: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", repository, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def committed(program: Program, folder: Path) -> Path:
    """The folder as a repository with one commit, and a person who commits to it."""
    (program.home / ".gitconfig").write_text("[user]\n\tname = A Person\n\temail = person@example.org\n")
    git(folder, "init", "--quiet", "-b", "main")
    git(folder, "add", ".")
    git(folder, "-c", "user.name=B", "-c", "user.email=b@c", "commit", "--quiet", "-m", "first")
    return folder


@pytest.fixture
def repository(program: Program, tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "zoo").mkdir(parents=True)
    (folder / "zoo" / "hostile.py").write_text(BRANCHING)
    return committed(program, folder)


def test_a_branch_holds_the_change_that_was_verified(program: Program, pattern_run: dict, repository: Path):
    ended = program("review", pattern_run["run"], "--branch", repository, "--json")
    assert ended.code == 0, ended.stderr
    branch = ended.json["branch"]
    assert len(ended.json["commits"]) == 3 and git(repository, "status", "--porcelain") == ""
    assert git(repository, "rev-parse", "--abbrev-ref", "HEAD") == "main"
    changed = git(repository, "show", f"{branch}:zoo/hostile.py")
    after = next(path for path in (Path(pattern_run["out"]) / "sources" / "after").rglob("*.py"))
    assert changed == after.read_text().strip()
    messages = git(repository, "log", "--format=%B%an", f"main..{branch}")
    assert messages.count("Generated-by: agent ") == 3 and messages.count("A Person") == 3
    assert "pattern control/branch-to-select" in messages and "@" not in messages and "#1" not in messages


def test_a_branch_of_a_checkout_of_loaders_holds_the_loader_and_the_entry(program: Program, pattern_run: dict, tmp_path: Path):
    root = committed(program, checkout(tmp_path / "tt-xla"))
    ended = program("review", pattern_run["run"], "--branch", root, "--json")
    assert ended.code == 0, ended.stderr
    branch = ended.json["branch"]
    files = git(root, "log", "--reverse", "--format=* %s", "--name-only", f"main..{branch}").split("\n")
    subjects = [line for line in files if line.startswith("* ")]
    assert len(subjects) == 2 and subjects[0].startswith("* Add a loader of ") and subjects[1].endswith(" to the tested models")
    at = files.index(subjects[1])
    assert any(file.endswith("/pytorch/loader.py") for file in files[:at])
    assert files[at + 1 :] == ["", "tests/runner/test_config/torch/test_config_inference_single_device.yaml"]
    assert git(root, "log", "--format=%B", f"main..{branch}").count("Generated-by: agent ") == 2
    assert git(root, "status", "--porcelain") == "" and git(root, "worktree", "list").count("\n") == 0


def test_a_branch_is_refused_in_a_dirty_repository_and_twice(program: Program, pattern_run: dict, repository: Path):
    (repository / "dirty.txt").write_text("x")
    ended = program("review", pattern_run["run"], "--branch", repository)
    assert ended.code == 2 and "has uncommitted changes (?? dirty.txt)" in ended.said
    (repository / "dirty.txt").unlink()
    assert program("review", pattern_run["run"], "--branch", repository).code == 0
    ended = program("review", pattern_run["run"], "--branch", repository)
    assert ended.code == 2 and "already" in ended.said
    assert git(repository, "worktree", "list").count("\n") == 0


def test_a_run_without_a_repair_has_nothing_for_a_branch(program: Program, lost_run: dict, repository: Path):
    ended = program("review", lost_run["run"], "--branch", repository)
    assert ended.code == 2 and "there is no repair to put on a branch" in ended.said
    assert git(repository, "branch", "--list", "adapt/*") == ""
