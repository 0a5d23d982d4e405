#pragma once

namespace envfix::probe {

/// The text of every probe: constant, modules are arguments (THREATS.md X3). Its first argument is
/// the attribute to prove or "", the rest are modules. Runs on Python 3.6 and later, and imports
/// nothing that the interpreter has not loaded already.
extern const char* const k_script;

} // namespace envfix::probe
