#include "runner.hpp"

#include <ostream>

namespace envfix::conformance {

namespace {

/// One line whatever the value holds: control and non-ASCII characters are escaped, bytes that are
/// not UTF-8 become U+FFFD.
std::string one_line(const nlohmann::json& value)
{
    return value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

} // namespace

void Report::fail(const nlohmann::json& input, const nlohmann::json& expected,
                  const nlohmann::json& got)
{
    ++m_failed;
    *m_out << "FAIL input=" << one_line(input) << " expected=" << one_line(expected)
           << " got=" << one_line(got) << '\n';
}

void Report::malformed(std::size_t line, std::string_view why)
{
    ++m_failed;
    m_well_formed = false;
    *m_out << "line " << line << ": malformed row: " << why << '\n';
}

void Report::equal(const nlohmann::json& input, const nlohmann::json& expected,
                   const nlohmann::json& got)
{
    if (expected == got) {
        pass();
    } else {
        fail(input, expected, got);
    }
}

void for_each_row(const Rows& rows, Report& report,
                  const std::function<void(const nlohmann::json& row)>& run)
{
    for (const auto& row : rows) {
        try {
            run(row.data);
        } catch (const nlohmann::json::exception& e) {
            report.malformed(row.line, e.what());
        }
    }
}

} // namespace envfix::conformance
