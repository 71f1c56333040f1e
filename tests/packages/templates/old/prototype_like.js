// What Prototype.js 1.6 did to the built-ins of every page it was on, as far as scripts that came later stumbled over it:
// native methods replaced by older ones of the same name, enumerable additions, and its own JSON.
(function () {
  var extend = function (target, source) {
    for (var name in source) target[name] = source[name];
    return target;
  };
  window.Prototype = { Version: "1.6.0.3", emptyFunction: function () {}, K: function (x) { return x; } };
  var $A = (window.$A = function (iterable) {
    if (!iterable) return [];
    if (iterable.toArray) return iterable.toArray();
    var length = iterable.length || 0, results = new Array(length);
    while (length--) results[length] = iterable[length];
    return results;
  });
  window.$ = function (element) {
    return typeof element === "string" ? document.getElementById(element) : element;
  };
  window.$break = {};

  extend(Object, {
    extend: extend,
    toJSON: function (object) {
      switch (typeof object) {
        case "undefined": case "function": case "unknown": return;
        case "boolean": return object.toString();
      }
      if (object === null) return "null";
      if (object.toJSON) return object.toJSON();
      var results = [];
      for (var property in object) {
        var value = Object.toJSON(object[property]);
        if (value !== undefined) results.push(property.toJSON() + ": " + value);
      }
      return "{" + results.join(", ") + "}";
    },
    // Inherited ones, too, and no symbol of an order.
    keys: function (object) { var keys = []; for (var property in object) keys.push(property); return keys; },
    values: function (object) { var values = []; for (var property in object) values.push(object[property]); return values; },
    clone: function (object) { return extend({}, object); },
    isArray: function (object) { return object != null && typeof object === "object" && "splice" in object && "join" in object; },
  });

  extend(Function.prototype, {
    argumentNames: function () { return []; },
    bind: function () {
      if (arguments.length < 2 && arguments[0] === undefined) return this;
      var method = this, args = $A(arguments), object = args.shift();
      return function () { return method.apply(object, args.concat($A(arguments))); };
    },
    curry: function () {
      if (!arguments.length) return this;
      var method = this, args = $A(arguments);
      return function () { return method.apply(this, args.concat($A(arguments))); };
    },
    defer: function () { var method = this; return window.setTimeout(function () { return method(); }, 10); },
    wrap: function (wrapper) {
      var method = this;
      return function () { return wrapper.apply(this, [method.bind(this)].concat($A(arguments))); };
    },
  });

  extend(String.prototype, {
    gsub: function (pattern, replacement) { return this.split(pattern).join(replacement); },
    strip: function () { return this.replace(/^\s+/, "").replace(/\s+$/, ""); },
    toArray: function () { return this.split(""); },
    camelize: function () { return this.replace(/-(.)/g, function (whole, letter) { return letter.toUpperCase(); }); },
    toJSON: function () { return '"' + this.replace(/["\\]/g, "\\$&") + '"'; },
    evalJSON: function () { return JSON.parse(this); },
    include: function (pattern) { return this.indexOf(pattern) > -1; },
    startsWith: function (pattern) { return this.indexOf(pattern) === 0; },
    endsWith: function (pattern) { var d = this.length - pattern.length; return d >= 0 && this.lastIndexOf(pattern) === d; },
    empty: function () { return this == ""; },
    sub: function (pattern, replacement) { return this.replace(pattern, replacement); },
  });
  extend(Number.prototype, { toJSON: function () { return isFinite(this) ? this.toString() : "null"; }, times: function (f) { for (var i = 0; i < this; i++) f(i); } });
  Date.prototype.toJSON = function () { return '"' + this.toISOString() + '"'; };

  var Enumerable = (window.Enumerable = {
    each: function (iterator) {
      try { for (var i = 0; i < this.length; i++) iterator(this[i], i); } catch (e) { if (e != window.$break) throw e; }
      return this;
    },
    collect: function (iterator, context) { var results = []; this.each(function (value, index) { results.push((iterator || Prototype.K).call(context, value, index)); }); return results; },
    detect: function (iterator, context) { var result; this.each(function (value, index) { if (iterator.call(context, value, index)) { result = value; throw window.$break; } }); return result; },
    findAll: function (iterator, context) { var results = []; this.each(function (value, index) { if (iterator.call(context, value, index)) results.push(value); }); return results; },
    all: function (iterator, context) { var result = true; this.each(function (value, index) { result = result && !!(iterator || Prototype.K).call(context, value, index); if (!result) throw window.$break; }); return result; },
    any: function (iterator, context) { var result = false; this.each(function (value, index) { if ((result = !!(iterator || Prototype.K).call(context, value, index))) throw window.$break; }); return result; },
    include: function (object) { var found = false; this.each(function (value) { if (value == object) { found = true; throw window.$break; } }); return found; },
    inject: function (memo, iterator, context) { this.each(function (value, index) { memo = iterator.call(context, memo, value, index); }); return memo; },
    toArray: function () { return this.collect(Prototype.K); },
    zip: function () { return $A(arguments); },
    size: function () { return this.length; },
  });
  extend(Enumerable, { map: Enumerable.collect, find: Enumerable.detect, select: Enumerable.findAll, filter: Enumerable.findAll, member: Enumerable.include, entries: Enumerable.toArray, every: Enumerable.all, some: Enumerable.any });
  extend(Array.prototype, Enumerable);
  extend(Array.prototype, {
    clear: function () { this.length = 0; return this; },
    first: function () { return this[0]; },
    last: function () { return this[this.length - 1]; },
    compact: function () { return this.select(function (value) { return value != null; }); },
    flatten: function () { return this.inject([], function (array, value) { return array.concat(Object.isArray(value) ? value.flatten() : [value]); }); },
    without: function () { var values = $A(arguments); return this.select(function (value) { return !values.include(value); }); },
    reverse: function (inline) { var copy = []; for (var i = this.length - 1; i >= 0; i--) copy.push(this[i]); return copy; },
    // One item as itself, anything else as it is.
    reduce: function () { return this.length > 1 ? this : this[0]; },
    uniq: function () { return this.inject([], function (array, value) { if (!array.include(value)) array.push(value); return array; }); },
    clone: function () { return [].concat(this); },
    toJSON: function () { var results = []; this.each(function (object) { var value = Object.toJSON(object); if (value !== undefined) results.push(value); }); return "[" + results.join(", ") + "]"; },
  });
  Array.from = $A;
  window.Hash = function (object) { this._object = extend({}, object || {}); };
  window.Template = function (template) { this.template = template; };
  window.Class = { create: function () { return function () { this.initialize.apply(this, arguments); }; } };
  extend(Element.prototype, {
    show: function () { this.style.display = ""; return this; },
    hide: function () { this.style.display = "none"; return this; },
    update: function (content) { this.innerHTML = content; return this; },
    remove: function () { this.parentNode.removeChild(this); return this; },
    visible: function () { return this.style.display != "none"; },
  });
  document.getElementsByClassName = function (name) { return $A(document.querySelectorAll("." + name)); };
  extend(Event.prototype, { stop: function () { this.preventDefault(); this.stopPropagation(); }, element: function () { return this.target; } });
})();
