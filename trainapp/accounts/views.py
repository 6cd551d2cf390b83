"""Signing in by a mailed link, and out."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.blueprint import blueprint
from trainapp.accounts.forms import SignInForm
from trainapp.accounts.login import SignedIn, login_user, logout_user
from trainapp.accounts.service import find_sign_in_link, request_sign_in
from trainapp.accounts.service import sign_in as use_link_to_sign_in
from trainapp.core.access import Permission, access
from trainapp.core.languages import _, current_language
from trainapp.core.urls import safe_next
from trainapp.core.web import page


@blueprint.route("/sign-in", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def sign_in() -> ResponseReturnValue:
    form = SignInForm(next=request.args.get("next", ""))
    if request.method == "GET":
        return page("accounts/sign_in.html", form=form)
    if not form.validate():
        return page("accounts/sign_in.html", 422, form=form)
    network = request.remote_addr or ""
    request_sign_in(form.email.data or "", current_language(), network, safe_next(form.next.data))
    return redirect(url_for("accounts.sign_in_sent"))


@blueprint.get("/sign-in/sent")
@access(Permission.PUBLIC)
def sign_in_sent() -> ResponseReturnValue:
    return render_template("accounts/sign_in_sent.html")


@blueprint.get("/sign-in/<token>")
@access(Permission.BY_LINK)
def use_sign_in_link(token: str) -> ResponseReturnValue:
    link = find_sign_in_link(token)
    return page("accounts/use_sign_in_link.html", person=link.person, next=safe_next(request.args.get("next")))


@blueprint.post("/sign-in/<token>")
@access(Permission.BY_LINK)
def finish_sign_in(token: str) -> ResponseReturnValue:
    person = use_link_to_sign_in(token)
    login_user(SignedIn(person))
    flash(_("You are signed in."), "success")
    target = safe_next(request.form.get("next"))
    return redirect(target or url_for("desks.home", language=person.language))


@blueprint.post("/sign-out")
@access(Permission.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    logout_user()
    flash(_("You are signed out."), "success")
    return redirect(url_for("scheduling.catalogue"))
