(function () {
  "use strict";
  var tools = document.querySelector(".tools");
  if (tools) {
    tools.hidden = false;
    tools.addEventListener("click", function (event) {
      var open = event.target.getAttribute("data-open");
      if (open === null) return;
      document.querySelectorAll("details.source").forEach(function (d) { d.open = open === "1"; });
    });
  }
  function words(link) {
    var session = link.closest(".session");
    var id = link.getAttribute("data-go");
    return session ? session.querySelectorAll('mark[data-e~="' + id + '"]') : [];
  }
  function show(link, name, on) {
    words(link).forEach(function (mark) { mark.classList.toggle(name, on); });
  }
  var last = null;
  function each(type, act) {
    document.addEventListener(type, function (event) {
      var link = event.target.closest ? event.target.closest("a[data-go]") : null;
      if (link) act(link, event);
    });
  }
  each("mouseover", function (link) { show(link, "near", true); });
  each("mouseout", function (link) { show(link, "near", false); });
  each("focusin", function (link) { show(link, "near", true); });
  each("focusout", function (link) { show(link, "near", false); });
  each("click", function (link, event) {
    var found = words(link);
    if (!found.length) return;
    event.preventDefault();
    if (last) show(last, "on", false);
    show(link, "on", true);
    last = link;
    found[0].scrollIntoView({ block: "center" });
  });
  function reveal() {
    var target = location.hash && document.getElementById(location.hash.slice(1));
    for (var node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    if (target) target.scrollIntoView();
  }
  window.addEventListener("hashchange", reveal);
  reveal();
})();
