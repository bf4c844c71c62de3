// Package simulation holds no code but tests. They let two servers, their workers and a database live through bad days within
// moments, in which leads are lost, servers killed, commits and answers lost, the database is gone, tasks die, and workers are slow, wrong, silent, out of
// sight or started anew; and then count what is there: nothing may be lost, doubled, hidden or half done. Queue, lockbox, actions, store and the runner
// that talks with workers are the real ones; the database is SQLite, the network is memory, and workers and tasks are fakes. Each day has a seed:
//
//	go test ./internal/simulation -run TestBadDays -seeds 10000
//	go test ./internal/simulation -run TestBadDays -seeds 1 -seed 4711 -v
//
// Time is that of a testing/synctest bubble, and faults are drawn by the seed. Which of two things happens first at the same instant is not,
// so that a seed may have to be tried a few times before it shows again what it has shown.
package simulation
