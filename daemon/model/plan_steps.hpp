#pragma once

#include "model/plan.hpp"

#include <vector>

/// Who does a step, as far as it says so itself.
namespace envfix::model {

/// A person: it advises, or names packages of the system without versions. Those with versions the machine's daemon has installed,
/// which is the only one that may.
bool is_for_a_person(const Step& step);

/// Whether all that a rung does is done by the machine's daemon, and can be.
bool is_for_the_machine(const Rung& rung);

} // namespace envfix::model
