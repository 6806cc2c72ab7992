// The time around a violation as a picture: a lane for each client, with bars from which one can tell when it certainly
// held the lock and when possibly, and beneath those that prove the violation where it is wrong. ASCII only.
#pragma once

#include <string>

#include "models/linear/judge.h"
#include "models/linear/log.h"
#include "reports/text_style.h"

namespace lockstep::reports {

// Lines for beneath the verdict on a lock, each ended by a line break and none wider than the style's width; nothing if
// the judgement names no operations. The clients that prove the violation come first, then those who were active on
// the lock meanwhile; more than can be looked at are counted. The legend explains only what is there.
std::string window_text(const linear::Log& log, const linear::Judgement& judgement, const TextStyle& style);

}  // namespace lockstep::reports
