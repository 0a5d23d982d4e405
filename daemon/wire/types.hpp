#pragma once

#include <sdbus-c++/Types.h>

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

/// The C++ types that sdbus-c++ makes of the signatures in org.envfix1.*.xml, by name. A change of the XML that does not
/// fit them fails to compile.
namespace envfix::wire {

using String = std::string;
using Strings = std::vector<std::string>;
template <typename T> using Array = std::vector<T>;
using More = std::map<std::string, sdbus::Variant>; ///< a{sv}: what is told later

using Position = sdbus::Struct<std::uint32_t, std::uint32_t>;

using Interpreter = sdbus::Struct<String, String, String, String>;
using ChainLink = sdbus::Struct<String, String, String, String, Strings>;
using Evidence = sdbus::Struct<String, String, String, String>;
using Finding = sdbus::Struct<String, String, String, String, Array<Evidence>, Strings>;
using Probe = sdbus::Struct<bool, bool, String, String>;
using Environment = sdbus::Struct<String, String, String, String, String, String, Interpreter, Array<ChainLink>,
                                  Array<Finding>, Array<Probe>, More>;
using Daemon = sdbus::Struct<String, String, String, std::uint64_t, std::uint64_t, Strings, More>;
using Change = sdbus::Struct<String, String, String, String, String>;
using Step = sdbus::Struct<String, Array<Change>, Strings, String, String>;
using Rung = sdbus::Struct<Array<Step>, String>;
using Plan = sdbus::Struct<String, String, String, String, String, String, String, String, Strings, Array<Rung>, bool,
                           std::int64_t, std::int64_t, String, String, More>;
using Event = sdbus::Struct<std::int64_t, String, String>;
using Run = sdbus::Struct<String, String, String, String, String, String, Strings, std::int64_t, std::int64_t, String,
                          String, String, Array<Event>, More>;
using Template = sdbus::Struct<String, Strings, String, String, Strings, String, Strings>;
using Approval = sdbus::Struct<String, String, std::int64_t>;
using Policy = sdbus::Struct<String, String, String, String, bool, bool, Strings, Strings, String, Strings,
                             Array<Array<Template>>, String, Strings, String, String, std::int32_t, std::int64_t, bool,
                             Array<Approval>, bool, More>;
using Problem = sdbus::Struct<String, std::uint32_t, std::uint32_t, String>;
using Verdict = sdbus::Struct<String, String, String, bool, String>;
using Offer = sdbus::Struct<String, String, String, bool>;
using Explanation = sdbus::Struct<String, String, String, String, String, String>;
using Cause = sdbus::Struct<String, String, std::uint64_t, String, String, Strings>;
using Package = sdbus::Struct<String, String>;
using Health = sdbus::Struct<String, String, String, String>;

using Status = std::tuple<Daemon, Array<Environment>, std::uint64_t, Array<Plan>, Array<Offer>, More>;
using Doctor = std::tuple<Daemon, Array<Health>, Strings>;
using Policies = std::tuple<Array<Policy>, Array<Problem>>;

} // namespace envfix::wire
