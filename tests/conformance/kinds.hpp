#pragma once

#include "runner.hpp"

/// One function for each kind of vector file, each in a .cpp of the kind's name.
namespace envfix::conformance {

void run_ext_suffixes(const Rows& rows, Report& report);
void run_markers(const Rows& rows, Report& report);
void run_metadata(const Rows& rows, Report& report);
void run_requirements(const Rows& rows, Report& report);
void run_specifiers(const Rows& rows, Report& report);
void run_sys_path(const Rows& rows, Report& report);
void run_versions(const Rows& rows, Report& report);
void run_wheel_tags(const Rows& rows, Report& report);

} // namespace envfix::conformance
