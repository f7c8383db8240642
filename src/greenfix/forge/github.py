"""GitHub and GitHub Enterprise, through PyGithub (extra ``github``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from greenfix.errors import ForgeError
from greenfix.forge import PREFIX, Close, Open, PullRequest, State, Step, Update
from greenfix.forge.address import Address

if TYPE_CHECKING:
    import github.PullRequest
    from github.GithubException import GithubException
    from github.Repository import Repository

TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")
PUSH_USER = "x-access-token"
PUBLIC_HOSTS = ("github.com", "ssh.github.com")
_API = "https://api.github.com"
_TIMEOUT_SECONDS = 30
_RIGHTS = "The token needs write access to contents and pull requests of this repository."


def api_url(address: Address) -> str:
    """Where the interface of the GitHub at ``address`` is (Enterprise Server: below the host itself)."""
    if address.host_name in PUBLIC_HOSTS:
        return _API
    return f"https://{address.host if address.scheme == 'https' else address.host_name}/api/v3"


class GitHub:
    """A repository on GitHub. Without a token public repositories can be read, which is enough for a dry run.

    Raises ForgeError from every method that reaches out.
    """

    def __init__(self, path: str, secret: str | None, url: str) -> None:
        """``path`` is ``owner/name``, ``url`` the interface's.

        Raises:
            ForgeError: PyGithub is not installed.
        """
        try:
            from github import Auth, Github
        except ImportError as error:
            raise ForgeError(
                "Pull requests on GitHub need PyGithub, which is not installed.",
                "Run `pip install 'greenfix[github]'`.",
            ) from error
        from urllib3.util import Retry

        self._path = path
        self._where = f"{url.partition('://')[2].split('/')[0]} ({path})"
        client = Github(
            auth=Auth.Token(secret) if secret else None,
            base_url=url,
            timeout=_TIMEOUT_SECONDS,
            user_agent="greenfix",
            per_page=100,
            lazy=True,  # asks for the repository itself only when something of it is needed
            # PyGithub by default sleeps up to an hour when a rate limit is reached, and between any two requests;
            # greenfix makes about a dozen, and says when it has to be started again.
            retry=Retry(total=2, backoff_factor=0.2, status_forcelist=(502, 503, 504), allowed_methods=("GET",)),
            seconds_between_requests=None,
            seconds_between_writes=None,
        )
        self._repository: Repository = client.get_repo(path)

    def default_branch(self) -> str:
        """The branch that pull requests go into."""
        with self._asked():
            return self._repository.default_branch

    def requests_of(self, branch: str) -> tuple[PullRequest, ...]:
        """In any state, the newest first, as GitHub lists them."""
        owner = self._path.partition("/")[0]
        with self._asked():
            return self._known(self._repository.get_pulls(state="all", head=f"{owner}:{branch}"), branch)

    def open_requests(self) -> tuple[PullRequest, ...]:
        """Those of branches that begin with ``greenfix/``."""
        with self._asked():
            return self._known(self._repository.get_pulls(state="open"), PREFIX)

    def calls(self, step: Step) -> tuple[str, ...]:
        """The requests that ``perform`` makes."""
        root = f"/repos/{self._path}"
        match step:
            case Open():
                labels = (f"POST {root}/issues/<number>/labels",) if step.labels else ()
                return (f"POST {root}/pulls", *labels)
            case Update():
                return (f"PATCH {root}/pulls/{step.number}",)
            case Close():
                return (f"POST {root}/issues/{step.number}/comments", f"PATCH {root}/pulls/{step.number}")

    def perform(self, step: Step) -> PullRequest:
        """Do it."""
        with self._asked():
            match step:
                case Open():
                    pull = self._repository.create_pull(
                        step.base, step.branch, title=step.title, body=step.body, draft=step.draft
                    )
                    if step.labels:
                        pull.add_to_labels(*step.labels)
                case Update():
                    pull = self._repository.get_pull(step.number)
                    pull.edit(title=step.title, body=step.body)
                case Close():
                    pull = self._repository.get_pull(step.number)
                    pull.create_issue_comment(step.comment)
                    pull.edit(body=step.body, state="closed")
            return _value(pull)

    def _known(self, pulls: object, beginning: str) -> tuple[PullRequest, ...]:
        """Of ``pulls`` those of this repository's own branches; a fork may have a branch of the same name."""
        from collections.abc import Iterable
        from typing import cast

        listed = cast("Iterable[github.PullRequest.PullRequest]", pulls)
        return tuple(
            _value(pull)
            for pull in listed
            if pull.head.ref.startswith(beginning)
            and pull.head.repo is not None  # the fork was deleted
            and pull.head.repo.full_name.lower() == self._path.lower()
        )

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Turn what can go wrong on the way into sentences."""
        from github import GithubException
        from requests.exceptions import RequestException

        try:
            yield
        except GithubException as error:
            raise self._refused(error) from error
        except RequestException as error:
            raise ForgeError(
                f"{self._where} cannot be reached: {type(error).__name__}.",
                "Is there a network, and is the host right?",
            ) from error

    def _refused(self, error: GithubException) -> ForgeError:
        from github import RateLimitExceededException

        said = _message(error)
        if isinstance(error, RateLimitExceededException) or error.status == 429:
            return ForgeError(
                f"{self._where} takes no more requests for now: {said}.",
                f"Run it again {_when(error)}; nothing is lost.",
            )
        if error.status == 401:
            return ForgeError(f"{self._where} does not accept the token: {said}.", f"Renew {TOKENS[0]}.")
        if error.status in {403, 404}:
            return ForgeError(f"{self._where} does not allow it, or does not exist: {said}.", _RIGHTS)
        return ForgeError(f"{self._where} answered {error.status}: {said}.")


def _value(pull: github.PullRequest.PullRequest) -> PullRequest:
    state = State.MERGED if pull.merged_at else State(pull.state)
    return PullRequest(pull.number, pull.head.ref, state, pull.title, pull.body or "", pull.html_url)


def _message(error: GithubException) -> str:
    """What GitHub says, with the details that it lists for a malformed request (422)."""
    data = error.data if isinstance(error.data, dict) else {}
    details = [each.get("message", "") if isinstance(each, dict) else str(each) for each in data.get("errors", ())]
    return "; ".join(filter(None, (str(data.get("message", "no reason given")).rstrip("."), *details)))


def _when(error: GithubException) -> str:
    """From GitHub's headers: how long to wait (secondary limits), or until when (seconds since the epoch)."""
    headers = error.headers or {}
    if headers.get("retry-after", "").isdecimal():
        return f"in {headers['retry-after']} s"
    if headers.get("x-ratelimit-reset", "").isdecimal():
        from datetime import UTC, datetime

        return f"after {datetime.fromtimestamp(int(headers['x-ratelimit-reset']), UTC):%H:%M} UTC"
    return "later"
