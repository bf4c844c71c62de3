// Package zookeeper takes part in a Druid cluster through ZooKeeper: it elects the leader together with Java's Overlords, tells the other
// processes of this one, and tells which of them are there, all of it with the paths, names and data that Druid uses.
//
// A Client keeps one session with the ensemble, and begins another when that is lost. All else works on a link: the time during which the
// client is connected without a break. When a link ends nobody knows what happens in the ensemble, so whoever leads gives up the lead, and
// everything is read, and where it is missing written, anew on the next link. What was announced is ephemeral: it goes with the session.
//
// The lead also ends without any word of the library: ZooKeeper ends a session that it has not heard from for the session's timeout, so a
// leader asks it for its place several times within that, and gives up once two thirds of it have passed since it last asked and got an
// answer. A process that was stopped meanwhile finds that out when it next looks at its term.
package zookeeper
