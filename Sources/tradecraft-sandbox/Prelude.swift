/// The JavaScript that runs before any helper does: it takes away what helpers must not have, freezes what they share
/// with it, and builds the `ctx` of each instrument.
///
/// The future is nowhere in the script's heap: `feed` hands out arrays that the sandbox fills bar by bar, and `live`
/// holds the numbers of the tick being asked about. So even code that got hold of everything in here would see no more
/// than `ctx` shows. Everything used after the freeze is captured in constants before it.
enum Prelude {
    /// Index of the first value in `live`: tick time, equity, cash; then the bar count of each instrument; then signed
    /// quantity, entry price, entry time and unrealised profit of each.
    static let liveCountsIndex = 3
    static func livePositionsIndex(instruments: Int) -> Int { liveCountsIndex + instruments }
    static func liveValues(instruments: Int) -> Int { liveCountsIndex + 5 * instruments }

    /// Kinds below this number are columns in the order of `SharedLayout.Column`; the rest are indicators.
    static let columnKinds = 6

    /// A function of `native` {feed, log, random, importRefused} and `settings` {live, logBytesMax, instruments,
    /// timeframe, parameters, indicators: [{name, standards, lines, needsOther}]} that returns {contexts, require}.
    /// `feed` takes kind, instrument, line, other instrument or -1, and the indicator's numbers.
    static let source = removals + freezing + contexts

    private static let removals = """
        (function (native, settings) {
        "use strict";
        const world = globalThis;
        const { freeze, defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object;
        const { ownKeys, apply, construct } = Reflect;
        const View = Float64Array;
        const viewPrototype = getPrototypeOf(View.prototype);
        const bufferOf = getOwnPropertyDescriptor(viewPrototype, "buffer").get;
        const { feed, log: writeLog, random } = native;
        const text = String;

        for (const name of ["WebAssembly", "SharedArrayBuffer", "Atomics", "FinalizationRegistry", "WeakRef", "Intl",
                            "ShadowRealm", "performance", "setTimeout", "setInterval", "queueMicrotask", "print",
                            "gc", "Temporal"]) {
          delete world[name];
        }
        // A view's buffer is as long as the whole run, which would tell when the run ends.
        delete viewPrototype.buffer;
        for (const name of ["transfer", "transferToFixedLength", "resize"]) delete ArrayBuffer.prototype[name];
        // What depends on the machine's language.
        for (const type of [Object, Number, BigInt, String, Array, Date]) {
          for (const key of ownKeys(type.prototype)) {
            if (typeof key === "string" && key.startsWith("toLocale")) delete type.prototype[key];
          }
        }
        delete viewPrototype.toLocaleString;
        delete String.prototype.localeCompare;

        const noClock = () => { throw new TypeError("A helper has no clock: use ctx.time."); };
        const RealDate = Date;
        function FixedDate(...parts) {
          if (new.target === undefined || parts.length === 0) noClock();
          return construct(RealDate, parts, new.target);
        }
        defineProperty(FixedDate, "name", { value: "Date" });
        FixedDate.prototype = RealDate.prototype;
        FixedDate.UTC = RealDate.UTC;
        FixedDate.parse = RealDate.parse;
        FixedDate.now = noClock;
        RealDate.prototype.constructor = FixedDate;
        world.Date = FixedDate;

        Math.random = () => random();
        // Longer text is cut before it crosses over: copying it costs memory the collector does not know of.
        const cut = String.prototype.slice;
        const { logBytesMax } = settings;
        const write = (line) => { writeLog(line.length > logBytesMax ? apply(cut, line, [0, logBytesMax]) : line); };
        const log = (message) => { write(typeof message === "string" ? message : text(message)); };
        const logAll = (...messages) => {
          let line = "";
          for (let index = 0; index < messages.length; index++) line += (index > 0 ? " " : "") + text(messages[index]);
          write(line);
        };
        world.console = { log: logAll, info: logAll, warn: logAll, error: logAll, debug: logAll };

        """

    private static let freezing = """
        // Freezing a prototype would make plain assignments such as `error.name = "Mine"` fail (the "override
        // mistake"); accessors whose setter defines the property on the receiver keep them working.
        const repair = (object) => {
          for (const key of ownKeys(object)) {
            const property = getOwnPropertyDescriptor(object, key);
            if (!property.configurable || !property.writable) continue;
            const value = property.value;
            defineProperty(object, key, {
              get() { return value; },
              set(next) {
                if (this === object) throw new TypeError(`${text(key)} cannot be replaced.`);
                defineProperty(this, key, { value: next, writable: true, enumerable: true, configurable: true });
              },
              enumerable: property.enumerable, configurable: false,
            });
          }
        };
        repair(Object.prototype);
        for (const type of [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError]) {
          repair(type.prototype);
        }

        const frozen = new Set();
        const pending = [];
        const reach = (value) => {
          if ((typeof value === "object" && value !== null) || typeof value === "function") {
            if (!frozen.has(value)) { frozen.add(value); pending.push(value); }
          }
        };
        reach(world);
        // Reachable by syntax alone.
        for (const value of [
          function* () {}, async function () {}, async function* () {}, [][Symbol.iterator](), new Map().entries(),
          new Set().values(), ""[Symbol.iterator](), "".matchAll(/x/g), (function* () {})(), (async function* () {})(),
          /x/, Promise.resolve(), (function () { return arguments; })(),
        ]) reach(getPrototypeOf(value));
        if (typeof Iterator === "function" && Iterator.from) {
          reach(getPrototypeOf([].values().map((item) => item)));
          reach(getPrototypeOf(Iterator.from({ next() { return { done: true }; } })));
        }
        while (pending.length > 0) {
          const object = pending.pop();
          for (const key of ownKeys(object)) {
            const property = getOwnPropertyDescriptor(object, key);
            reach(property.value);
            reach(property.get);
            reach(property.set);
          }
          reach(getPrototypeOf(object));
          freeze(object);
        }

        """

    private static let contexts = """
        const { live, instruments, timeframe } = settings;
        const countsAt = 3;
        const positionsAt = countsAt + instruments.length;
        const parameters = freeze({ __proto__: null, ...settings.parameters });
        const indicators = settings.indicators;
        const all = [];
        const byName = { __proto__: null };

        const of = (name) => {
          const found = byName[name];
          if (found === undefined) throw new TypeError(`of("${text(name)}"): no such instrument in this skill's universe.`);
          return found;
        };
        const agoOf = (name, option) => {
          if (option === undefined || option === null) return 0;
          if (typeof option !== "object") throw new TypeError(`${name}: its last argument must be { ago: k }.`);
          const ago = option.ago;
          if (ago === undefined) return 0;
          if (typeof ago !== "number" || !(ago >= 0) || ago % 1 !== 0) {
            throw new TypeError(`${name}: ago must be a whole number from 0.`);
          }
          return ago;
        };

        const position = (index) => {
          const at = positionsAt + 4 * index;
          const quantity = live[at];
          if (quantity === 0) return null;
          return freeze({
            side: quantity > 0 ? "long" : "short", quantity: quantity > 0 ? quantity : -quantity,
            entryPrice: live[at + 1], entryTime: live[at + 2], unrealised: live[at + 3],
          });
        };
        const portfolio = freeze({
          get equity() { return live[1]; },
          get cash() { return live[2]; },
          get openPositions() {
            let open = 0;
            for (let index = 0; index < instruments.length; index++) if (live[positionsAt + 4 * index] !== 0) open++;
            return open;
          },
          get positions() {
            const open = [];
            for (let index = 0; index < instruments.length; index++) {
              const one = position(index);
              if (one !== null) open[open.length] = freeze({ instrument: instruments[index], ...one });
            }
            return freeze(open);
          },
        });

        const barsOf = (index) => {
          const countAt = countsAt + index;
          const buffers = [];
          const views = [];
          const column = (kind) => {
            const count = live[countAt];
            let view = views[kind];
            if (view === undefined || view.length !== count) {
              if (buffers[kind] === undefined) buffers[kind] = apply(bufferOf, feed(kind, index, 0, -1), []);
              view = views[kind] = new View(buffers[kind], 0, count);
            }
            return view;
          };
          return freeze({
            get length() { return live[countAt]; },
            get time() { return column(0); },
            get open() { return column(1); },
            get high() { return column(2); },
            get low() { return column(3); },
            get close() { return column(4); },
            get volume() { return column(5); },
          });
        };

        // `values` has one array a line; null while the main line warms up.
        const valueOf = (lines, values, at) => {
          const main = values[0][at];
          if (main === undefined || main !== main) return null;
          if (values.length === 1) return main;
          const result = {};
          for (let line = 0; line < values.length; line++) {
            const value = values[line][at];
            result[lines[line]] = value === value ? value : null;
          }
          return freeze(result);
        };
        const feedsOf = (kind, index, other, lines, numbers) => {
          const values = [];
          for (let line = 0; line < lines.length; line++) {
            const wanted = [kind, index, line, other];
            for (let place = 0; place < numbers.length; place++) wanted[4 + place] = numbers[place];
            values[line] = apply(feed, undefined, wanted);
          }
          return values;
        };

        const indicatorOf = (index, kind, { name, standards, lines, needsOther }) => {
          const countAt = countsAt + index;
          const known = { __proto__: null };
          if (standards.length === 1 && lines.length === 1 && !needsOther) {
            return (given, option) => {
              let n = given;
              if (typeof n !== "number") {
                if (n !== undefined && typeof n !== "object") throw new TypeError(`${name}: its argument must be a number.`);
                if (option === undefined) option = n;
                n = standards[0];
              }
              let values = known[n];
              if (values === undefined) values = known[n] = feedsOf(kind, index, -1, lines, [n])[0];
              const value = values[live[countAt] - 1 - agoOf(name, option)];
              return value !== undefined && value === value ? value : null;
            };
          }
          return (...given) => {
            let next = 0;
            let other = -1;
            if (needsOther) {
              other = instruments.indexOf(given[next++]);
              if (other < 0) throw new TypeError(`${name}: its first argument must be an instrument of the universe.`);
            }
            const numbers = [];
            let key = `${other}`;
            for (let place = 0; place < standards.length; place++) {
              let number = given[next];
              if (number === undefined || typeof number === "object") number = standards[place];
              else if (typeof number !== "number") throw new TypeError(`${name}: its arguments must be numbers.`);
              else next++;
              numbers[place] = number;
              key += ` ${number}`;
            }
            let values = known[key];
            if (values === undefined) values = known[key] = feedsOf(kind, index, other, lines, numbers);
            return valueOf(lines, values, live[countAt] - 1 - agoOf(name, given[next]));
          };
        };

        for (let index = 0; index < instruments.length; index++) {
          const bars = barsOf(index);
          // The columns stand on the context too: `of("ETH").close` reads as naturally as `of("ETH").bars.close`.
          const context = {
            instrument: instruments[index], timeframe, bars, of, parameters, portfolio, log,
            get length() { return bars.length; },
            get open() { return bars.open; },
            get high() { return bars.high; },
            get low() { return bars.low; },
            get close() { return bars.close; },
            get volume() { return bars.volume; },
            get time() { return live[0]; },
            get position() { return position(index); },
          };
          for (let kind = 0; kind < indicators.length; kind++) {
            context[indicators[kind].name] = freeze(indicatorOf(index, 6 + kind, indicators[kind]));
          }
          all[index] = byName[instruments[index]] = freeze(context);
        }
        freeze(of); freeze(log); freeze(byName);
        const require = freeze((name) => {
          throw native.importRefused(), new TypeError(
            `A helper cannot import anything ("${text(name)}"): it is one file, and what it may use is in ctx.`);
        });
        return { contexts: all, require };
        })
        """

    /// Run once before the sandbox locks itself down, so that whatever JavaScriptCore opens or starts late is open and
    /// started: time zone, collator tables, compiler threads, the collector.
    static let warmUp = """
        (function () {
          "use strict";
          const values = new Float64Array(512);
          const step = (n) => {
            let sum = 0;
            for (let i = 0; i < n; i++) { values[i & 511] = Math.sin(i); sum += values[i & 511]; }
            return sum;
          };
          let total = 0;
          for (let i = 0; i < 60; i++) total += step(512);
          const words = [];
          for (let i = 0; i < 200; i++) words.push({ key: `k${i % 7}`, value: i });
          words.sort((a, b) => a.value - b.value);
          new Date(0).getHours(); new Date(2020, 1, 1).toString(); Date.parse("2020-01-01");
          "é".normalize("NFD"); "x".toUpperCase();
          /(a+)b/u.test("aaab"); JSON.parse(JSON.stringify(words)); new Map(words.map((w) => [w.key, w]));
          try { null.x; } catch (error) { total += error.stack.length; }
          return total;
        })()
        """
}
