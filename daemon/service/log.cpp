#include "service/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>

namespace envfix::service {

void open_log(const std::string& level)
{
    std::shared_ptr<spdlog::logger> logger;
    if (logs_to_journal()) {
        logger = std::make_shared<spdlog::logger>("envfixd", std::make_shared<spdlog::sinks::systemd_sink_st>("envfixd"));
    } else {
        logger = std::make_shared<spdlog::logger>("envfixd", std::make_shared<spdlog::sinks::stderr_sink_st>());
        logger->set_pattern("envfixd: %l: %v");
    }
    spdlog::set_default_logger(std::move(logger));
    set_log_level(level);
}

bool logs_to_journal()
{
    return ::getenv("JOURNAL_STREAM") != nullptr;
}

void set_log_level(const std::string& level)
{
    spdlog::set_level(spdlog::level::from_str(level));
}

} // namespace envfix::service
