// Package deploy holds what runs the server, and watches over it, elsewhere; its tests check that it fits to this version.
package deploy
