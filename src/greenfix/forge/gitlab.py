"""GitLab, on gitlab.com or self-managed, through python-gitlab (extra ``gitlab``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from greenfix.errors import ForgeError
from greenfix.forge import PREFIX, Close, Open, PullRequest, State, Step, Update
from greenfix.forge.address import Address

if TYPE_CHECKING:
    from gitlab.base import RESTObject
    from gitlab.exceptions import GitlabError

TOKENS = ("GITLAB_TOKEN",)
PUSH_USER = "oauth2"
PUBLIC_HOSTS = ("gitlab.com", "altssh.gitlab.com")
_TIMEOUT_SECONDS = 30.0
_STATES = {"opened": State.OPEN, "locked": State.OPEN, "closed": State.CLOSED, "merged": State.MERGED}
_DRAFT = "Draft: "
"""How a merge request's title says that it is a draft."""


def api_url(address: Address) -> str:
    """The server of the GitLab at ``address``."""
    if address.host_name in PUBLIC_HOSTS:
        return "https://gitlab.com"
    return f"https://{address.host if address.scheme == 'https' else address.host_name}"


class GitLab:
    """A project on GitLab. Raises ForgeError from every method that reaches out."""

    def __init__(self, path: str, secret: str | None, url: str) -> None:
        """``path`` is ``group/name``, ``url`` the server's.

        Raises:
            ForgeError: python-gitlab is not installed.
        """
        try:
            import gitlab
        except ImportError as error:
            raise ForgeError(
                "Merge requests on GitLab need python-gitlab, which is not installed.",
                "Run `pip install 'greenfix[gitlab]'`.",
            ) from error
        self._path = path
        self._where = f"{url.partition('://')[2].split('/')[0]} ({path})"

        class Server(gitlab.Gitlab):
            """python-gitlab sleeps without a word when it is limited; greenfix says that it has to be started again."""

            def http_request(self, *words: Any, **options: Any) -> Any:
                return super().http_request(*words, **{**options, "obey_rate_limit": False})

        # A person's python-gitlab.cfg is not read: it could name another server or token.
        self._server = Server(url, private_token=secret, timeout=_TIMEOUT_SECONDS, per_page=100, user_agent="greenfix")
        self._project = self._server.projects.get(path, lazy=True)

    def default_branch(self) -> str:
        """The branch that merge requests go into."""
        with self._asked():
            return str(self._server.projects.get(self._path).default_branch)

    def requests_of(self, branch: str) -> tuple[PullRequest, ...]:
        """In any state, the newest first, as GitLab lists them."""
        with self._asked():
            return _own(self._project.mergerequests.list(source_branch=branch, state="all", iterator=True), branch)

    def open_requests(self) -> tuple[PullRequest, ...]:
        """Those of branches that begin with ``greenfix/``."""
        with self._asked():
            return _own(self._project.mergerequests.list(state="opened", iterator=True), PREFIX)

    def calls(self, step: Step) -> tuple[str, ...]:
        """The requests that ``perform`` makes."""
        root = f"/projects/{quote(self._path, safe='')}/merge_requests"
        match step:
            case Open():
                return (f"POST {root}",)
            case Update():
                return (f"PUT {root}/{step.number}",)
            case Close():
                return (f"POST {root}/{step.number}/notes", f"PUT {root}/{step.number}")

    def perform(self, step: Step) -> PullRequest:
        """Do it."""
        with self._asked():
            match step:
                case Open():
                    return _value(self._project.mergerequests.create(_fields(step)))
                case Update():
                    request = self._project.mergerequests.get(step.number)
                    request.title = f"{_DRAFT if request.title.startswith(_DRAFT) else ''}{step.title}"
                    request.description = step.body
                case Close():
                    request = self._project.mergerequests.get(step.number)
                    request.notes.create({"body": step.comment})
                    request.description = step.body
                    request.state_event = "close"
            request.save()
            return _value(request)

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Turn what can go wrong on the way into sentences."""
        from gitlab.exceptions import GitlabError
        from requests.exceptions import RequestException

        try:
            yield
        except GitlabError as error:
            raise self._refused(error) from error
        except RequestException as error:
            raise ForgeError(
                f"{self._where} cannot be reached: {type(error).__name__}.",
                "Is there a network, and is the host right?",
            ) from error

    def _refused(self, error: GitlabError) -> ForgeError:
        said = str(error.error_message or "no reason given").rstrip(".")
        match error.response_code:
            case 401:
                return ForgeError(f"{self._where} does not accept the token: {said}.", f"Renew {TOKENS[0]}.")
            case 403 | 404:
                return ForgeError(
                    f"{self._where} does not allow it, or does not exist: {said}.",
                    "The token needs the scopes api and write_repository, and the role Developer in this project.",
                )
            case 429:
                return ForgeError(
                    f"{self._where} takes no more requests for now: {said}.", "Run it again later; nothing is lost."
                )
        return ForgeError(f"{self._where} answered {error.response_code}: {said}.")


def _fields(step: Open) -> dict[str, object]:
    return {
        "source_branch": step.branch,
        "target_branch": step.base,
        "title": f"{_DRAFT if step.draft else ''}{step.title}",
        "description": step.body,
        "labels": list(step.labels),
    }


def _own(requests: Iterable[RESTObject], beginning: str) -> tuple[PullRequest, ...]:
    """Those of this project's own branches; a fork may have a branch of the same name."""
    return tuple(
        _value(each)
        for each in requests
        if each.source_branch.startswith(beginning) and each.source_project_id == each.target_project_id
    )


def _value(request: RESTObject) -> PullRequest:
    title = request.title.removeprefix(_DRAFT)
    return PullRequest(
        request.iid, request.source_branch, _STATES[request.state], title, request.description or "", request.web_url
    )
