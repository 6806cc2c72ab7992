// The Connection that programs use: hiredis on an io_context. It connects when there is something to be sent, and again
// when the connection breaks; commands that could not be sent yet wait for that, in their order, until they give up.
// Neither encrypted nor, without a password, authenticated: the network has to be trusted.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "impl/env/clock.h"
#include "impl/redis/connection.h"
#include "impl/redis/real/server_address.h"

namespace lockstep::redis {

struct ConnectionTimes {
  // A server that has not let us in after so long is tried again.
  Duration connecting = std::chrono::seconds(3);
  // One that has answered nothing for so long, though it was asked, is taken for dead, and connected to anew. What was
  // under way is an indefinite error at once.
  Duration silence = std::chrono::seconds(10);
};

// Of a connection that broke the server may still have commands before it that it has not read: what was asked later
// could be carried out before them. So the new connection first has the server end the old one (INFO, CLIENT KILL,
// which the account needs the rights for), unless it was started anew. A server that is still loading its file, asks
// for another password or is none of Redis counts as unreachable; the error says why.
//
// A host's name is looked up by the system each time it connects, in the thread that runs the context: give an address
// where that may take long. Context and clock must outlive the connection, and belong to one thread.
std::shared_ptr<Connection> connection_to(ServerAddress server, boost::asio::io_context& context, Clock& clock,
                                          ConnectionTimes times = {});

}  // namespace lockstep::redis
